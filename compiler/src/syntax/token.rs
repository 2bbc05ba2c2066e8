//! The words of the language: one enum for the scanner, the grammar and the
//! messages, so that none of the three can drift from the others. A token
//! carries no text (its span does) and knows nothing of statements.

use logos::Logos;

macro_rules! tokens {
    (
        reserved { $($R:ident = $r:literal,)* }
        soft { $($S:ident = $s:literal,)* }
        signs { $($P:ident = $p:literal,)* }
    ) => {
        /// A kind of token.
        #[derive(Logos, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[logos(skip r"[ \t\r\n\x0C]+")]
        #[allow(missing_docs)]
        pub enum Token {
            $( #[token($r, priority = 20)] $R, )*
            $( #[token($s, priority = 20)] $S, )*
            $( #[token($p)] $P, )*
            /// A lower-case word that means nothing by itself.
            #[regex("[a-z_][A-Za-z0-9_]*", priority = 3)]
            Ident,
            /// A capitalised word.
            #[regex("[A-Z][A-Za-z0-9_]*", priority = 3)]
            Upper,
            /// A whole number, and before the lexer has looked, any number.
            #[regex("[0-9][0-9A-Za-z_]*", priority = 3)]
            Int,
            /// A number with a fraction or an exponent.
            Float,
            /// A number with units of time.
            Duration,
            /// Text in double quotes (for the scanner: the opening quote).
            #[token("\"")]
            Str,
            /// Text without escapes.
            #[token("r\"")]
            RawStr,
            /// Bytes.
            #[token("b\"")]
            Bytes,
            /// Text in single quotes: a slip.
            #[token("'")]
            Quote,
            /// A `.` at the end of a line: a slip for `;`.
            DotEnd,
            /// `error` after `expect` where it begins the error form.
            ExpectError,
            /// `// …`, never handed on.
            #[regex("//[^\n]*", allow_greedy = true)]
            LineComment,
            /// `/*`, never handed on.
            #[token("/*")]
            BlockComment,
            /// Something that was reported already.
            Error,
            /// The text ends here because it is nested too deeply.
            TooDeep,
            /// Markers in front of what is to be parsed.
            StartModule,
            StartItem,
            StartTest,
            StartExpr,
        }

        /// Words that are never names.
        pub const KEYWORDS: &[&str] = &[$($r),*];

        /// Words with a meaning by position that may be names elsewhere.
        pub const SOFT: &[&str] = &[$($s),*];

        /// Marks, those included that are only known as slips.
        pub const SIGNS: &[&str] = &[$($p),*];

        impl Token {
            /// The text of a token that has only one.
            pub fn text(self) -> Option<&'static str> {
                match self {
                    $(Token::$R => Some($r),)*
                    $(Token::$S => Some($s),)*
                    $(Token::$P => Some($p),)*
                    Token::ExpectError => Some("error"),
                    Token::DotEnd => Some("."),
                    _ => None,
                }
            }

            /// Whether it can stand where a name is expected.
            pub fn is_name(self) -> bool {
                matches!(self, Token::Ident $(| Token::$S)*)
            }

            /// Whether it is made of letters.
            pub fn is_word(self) -> bool {
                matches!(self, Token::Ident | Token::Upper | Token::ExpectError $(| Token::$S)* $(| Token::$R)*)
            }
        }
    };
}

tokens! {
    reserved {
        Not = "not", And = "and", Or = "or", In = "in", If = "if", Then = "then", Else = "else",
        Match = "match", True = "true", False = "false", Table = "table", View = "view",
        Expect = "expect", Underscore = "_",
    }
    soft {
        Static = "static", Scratch = "scratch", Input = "input", Output = "output",
        Channel = "channel", Timer = "timer", Like = "like", Periodic = "periodic",
        Every = "every", Role = "role", Partitioned = "partitioned", By = "by",
        Replicated = "replicated", Durable = "durable", Module = "module",
        Protocol = "protocol", Import = "import", Use = "use", As = "as", Fn = "fn",
        Const = "const", Type = "type", Lattice = "lattice", Enum = "enum",
        Invariant = "invariant", Test = "test", Sealed = "sealed", Endless = "endless",
        Serial = "serial", Seal = "seal", All = "all", Tick = "tick", At = "at", Sent = "sent",
        ErrorWord = "error", Nodes = "nodes", Seeds = "seeds", Network = "network",
        Eventually = "eventually", Within = "within", Always = "always", Sometimes = "sometimes", Agree = "agree",
    }
    signs {
        LParen = "(", RParen = ")", LBracket = "[", RBracket = "]", LBrace = "{", RBrace = "}",
        Comma = ",", Semi = ";", Colon = ":", AtSign = "@", FatArrow = "=>", DotDot = "..",
        Dot = ".", Question = "?", Bar = "|",
        OpNow = "<=", OpNext = "<+", OpDelete = "<-", OpReplace = "<+-", OpSend = "<~",
        EqEq = "==", NotEq = "!=", Less = "<", GreaterEq = ">=", Greater = ">", Assign = "=",
        Plus = "+", Minus = "-", Star = "*", Slash = "/", Percent = "%",
        LongArrow = "<--", Arrow = "->", Bang = "!", AmpAmp = "&&", BarBar = "||",
        LessGreater = "<>", EqLess = "=<",
    }
}

/// Marks of other languages, which are read only to be told of.
pub const SLIPS: &[&str] = &["<--", "->", "!", "&&", "||", "<>", "=<"];

impl Token {
    /// What to call it in a message.
    pub fn name(self) -> String {
        match self {
            Token::Ident => "a name".into(),
            Token::Upper => "a capitalised name".into(),
            Token::Int => "a number".into(),
            Token::Float => "a number with a fraction".into(),
            Token::Duration => "a duration such as `5s`".into(),
            Token::Str | Token::Quote => "a string".into(),
            Token::RawStr => "a raw string".into(),
            Token::Bytes => "a byte string".into(),
            Token::Error | Token::TooDeep => "something unreadable".into(),
            Token::LineComment | Token::BlockComment => "a comment".into(),
            Token::StartModule | Token::StartItem | Token::StartTest | Token::StartExpr => {
                "the beginning".into()
            }
            _ => self.text().map_or_else(String::new, |text| format!("`{text}`")),
        }
    }

    /// Whether it stands between or before operands, so that a tree grows
    /// deeper with every one of it.
    pub fn deepens(self) -> bool {
        use Token::*;
        matches!(
            self,
            Not | And | Or | In | If | Else | All | ExpectError | Dot | DotDot | Question
        ) || matches!(self, OpNow | OpDelete | EqEq | NotEq | Less | GreaterEq | Greater | Assign)
            || matches!(self, Plus | Minus | Star | Slash | Percent | AmpAmp | BarBar | Bang)
    }

    /// The bracket that closes this one.
    pub fn closer(self) -> Option<Token> {
        match self {
            Token::LParen => Some(Token::RParen),
            Token::LBracket => Some(Token::RBracket),
            Token::LBrace => Some(Token::RBrace),
            _ => None,
        }
    }

    /// Whether it closes a bracket.
    pub fn closes(self) -> bool {
        matches!(self, Token::RParen | Token::RBracket | Token::RBrace)
    }
}
