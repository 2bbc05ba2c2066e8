; Colours of Bloom. Later patterns win.

(identifier) @variable
(wildcard) @variable.builtin
(type_name) @type
(primitive_type) @type.builtin

(column name: (identifier) @property)
(named_argument name: (identifier) @property)
(field name: (identifier) @property)
(parameter name: (identifier) @variable.parameter)

(head relation: (path (identifier) @function))
(collection name: (identifier) @function)
(view name: (identifier) @function)
(function name: (identifier) @function)
(call callee: (identifier) @function.call)
(named callee: (identifier) @function.call)
(constant name: (identifier) @constant)
(variant name: (type_name) @constructor)
(call callee: (type_name) @constructor)
(attribute "@" @attribute name: (identifier) @attribute)
(role_reference "@" @operator)

(integer) @number
(float) @number.float
(duration) @number
(boolean) @boolean
(string) @string
(raw_string) @string
(bytes) @string
(escape) @string.escape
(interpolation "{" @punctuation.special "}" @punctuation.special)
(doc_comment) @comment.documentation
(line_comment) @comment
(block_comment) @comment

[
  "not" "and" "or" "in" "if" "then" "else" "match" "table" "view" "expect"
] @keyword

[
  "static" "scratch" "input" "output" "channel" "timer" "like" "periodic" "every" "role"
  "partitioned" "by" "replicated" "durable" "module" "protocol" "import" "use" "as" "fn" "const"
  "type" "lattice" "enum" "invariant" "test" "sealed" "endless" "serial" "seal" "all" "tick" "at"
  "sent" "error" "nodes" "seeds" "network" "eventually" "within" "always" "sometimes" "agree"
] @keyword

[
  "<=" "<+" "<-" "<+-" "<~" "=>" ".." "==" "!=" "<" ">=" ">" "=" "+" "-" "*" "/" "%" "?" "|"
] @operator

["(" ")" "[" "]" "{" "}"] @punctuation.bracket
["," ";" ":" "."] @punctuation.delimiter
