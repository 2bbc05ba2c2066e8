//! What a bare `bloom` says: where to go from here, in a few lines.

/// The greeting.
pub fn text() -> String {
    format!(
        "Bloom {}: a Datalog for distributed programs.\n\n  \
         bloom new routes                      begin a project that runs\n  \
         bloom run routes.bloom --facts data   run a program over data\n  \
         bloom check routes.bloom              tell what is wrong with it\n  \
         bloom repl                            try rules at a prompt\n  \
         bloom explain B0101                   tell what a message means\n\n\
         All commands and flags: bloom --help\n",
        env!("CARGO_PKG_VERSION")
    )
}
