/**
 * Bloom for tree-sitter. The productions follow the compiler's own grammar;
 * a word with a meaning by position is a name wherever that position does not
 * claim it, which `SOFT` lists.
 */

/// <reference types="tree-sitter-cli/dsl" />
// @ts-check

const SOFT = [
  'static', 'scratch', 'input', 'output', 'channel', 'timer', 'like', 'periodic', 'every', 'role',
  'partitioned', 'by', 'replicated', 'durable', 'module', 'protocol', 'import', 'use', 'as', 'fn',
  'const', 'type', 'lattice', 'enum', 'invariant', 'test', 'sealed', 'endless', 'serial', 'seal',
  'all', 'tick', 'at', 'sent', 'error', 'nodes', 'seeds', 'network', 'eventually', 'within',
  'always', 'sometimes', 'agree',
];

const PREC = { or: 1, and: 2, not: 3, compare: 4, range: 5, sum: 6, product: 7, unary: 8, postfix: 9 };

const comma = (rule) => seq(rule, repeat(seq(',', rule)));
const commas = (rule) => optional(comma(rule));

module.exports = grammar({
  name: 'bloom',

  word: ($) => $.identifier,

  extras: ($) => [/[ \t\r\n\f\uFEFF]/, $.doc_comment, $.line_comment, $.block_comment],

  externals: ($) => [],

  conflicts: ($) => [],

  rules: {
    source_file: ($) => repeat($._item),

    // ---- declarations

    _item: ($) => seq(repeat($.attribute), $._declaration),

    attribute: ($) =>
      seq('@', field('name', $._name), optional(seq('(', comma($._expression), ')'))),

    _declaration: ($) =>
      choice(
        $.collection,
        $.view,
        $.periodic,
        $.role,
        $.module,
        $.protocol,
        $.import,
        $.use,
        $.function,
        $.constant,
        $.type_alias,
        $.record,
        $.lattice,
        $.enum,
        $.invariant,
        $.test,
        $.rule,
        $.fact,
      ),

    collection: ($) =>
      seq(
        field('kind', $.kind),
        field('name', $._name),
        choice(
          seq('(', optional($._columns), ')', optional($.closing), optional($.serial)),
          seq('like', $.path),
        ),
        ';',
      ),

    kind: ($) =>
      choice(
        'table',
        seq('static', 'table'),
        'scratch',
        seq('input', optional(choice('table', 'view'))),
        seq('output', optional(choice('table', 'view'))),
        'channel',
        'timer',
      ),

    view: ($) =>
      choice(
        seq('view', field('name', $._name), '(', optional($._columns), ')', ';'),
        seq('view', field('name', $._name), 'like', $.path, ';'),
        seq('view', field('name', $._name), $._arguments, '<=', $._body, ';'),
      ),

    _columns: ($) =>
      choice(
        comma($.column),
        seq(optional(comma($.column)), '=>', optional(comma($.column))),
      ),

    column: ($) =>
      seq(
        optional('@'),
        field('name', $._name),
        ':',
        field('type', $._type),
        optional(seq('=', field('default', $._expression))),
      ),

    closing: ($) => choice(seq('sealed', optional(seq('by', comma($._name)))), 'endless'),

    serial: ($) => seq('serial', optional(seq('by', comma($._name)))),

    periodic: ($) => seq('periodic', field('name', $._name), 'every', $._expression, ';'),

    role: ($) =>
      seq(
        'role',
        field('name', $._name),
        optional($.parameters),
        optional(seq('partitioned', 'by', $._name, ':', $._type)),
        optional(seq('replicated', optional($.integer))),
        optional('durable'),
        $.block,
      ),

    module: ($) =>
      seq(
        'module',
        field('name', $.type_name),
        optional($.type_parameters),
        optional($.parameters),
        optional(seq(':', $._type)),
        $.block,
      ),

    protocol: ($) =>
      seq('protocol', field('name', $.type_name), optional($.type_parameters), $.block),

    block: ($) => seq('{', repeat($._item), '}'),

    import: ($) => seq('import', choice($.path, $.string), ';'),

    use: ($) =>
      seq(
        'use',
        repeat(seq($._name, '.')),
        $.type_name,
        optional($.type_arguments),
        optional(seq('(', comma($.named_argument), ')')),
        'as',
        field('name', $._name),
        ';',
      ),

    function: ($) =>
      seq(
        'fn',
        field('name', $._name),
        $.parameters,
        ':',
        field('result', $._type),
        '=',
        field('body', $._expression),
        ';',
      ),

    constant: ($) =>
      seq(
        'const',
        field('name', $._name),
        optional(seq(':', $._type)),
        '=',
        field('value', $._expression),
        ';',
      ),

    type_alias: ($) => seq('type', field('name', $.type_name), '=', $._type, ';'),

    record: ($) =>
      seq('type', field('name', $.type_name), '=', '{', comma($.column), '}', ';'),

    lattice: ($) =>
      seq('lattice', field('name', $.type_name), optional($.type_parameters), '=', $._type, ';'),

    enum: ($) =>
      seq(
        'enum',
        field('name', $.type_name),
        optional($.type_parameters),
        '{',
        comma($.variant),
        optional(','),
        '}',
      ),

    variant: ($) => seq(field('name', $.type_name), optional(seq('(', comma($._type), ')'))),

    invariant: ($) => seq('invariant', field('name', $._name), ':', $._expression, ';'),

    parameters: ($) => seq('(', commas($.parameter), ')'),

    parameter: ($) =>
      seq(field('name', $._name), ':', $._type, optional(seq('=', $._expression))),

    type_parameters: ($) => seq('<', comma($.type_name), '>'),

    type_arguments: ($) => seq('<', comma($._type), '>'),

    // ---- types

    _type: ($) => choice($.named_type, $.list_type, $.tuple_type, $.option_type),

    named_type: ($) =>
      choice(
        alias($._name, $.primitive_type),
        seq($.type_name, optional($.type_arguments)),
      ),

    list_type: ($) => seq('[', $._type, ']'),

    tuple_type: ($) => seq('(', comma($._type), ')'),

    option_type: ($) => seq($._type, '?'),

    // ---- rules

    fact: ($) => seq($.head, ';'),

    rule: ($) =>
      seq(
        optional('seal'),
        $.head,
        field('operator', choice('<=', '<+', '<-', '<+-', '<~')),
        $._body,
        ';',
      ),

    head: ($) => seq(field('relation', $.path), $._arguments),

    path: ($) => seq($._name, repeat(seq('.', $._name))),

    _arguments: ($) =>
      choice(seq('(', commas($._expression), ')'), seq('{', comma($.named_argument), '}')),

    named_argument: ($) => seq(field('name', $._name), optional(seq(':', $._expression))),

    _body: ($) => comma($._literal_of_body),

    _literal_of_body: ($) =>
      choice(seq($._expression, optional($.otherwise)), $.all),

    otherwise: ($) => seq('else', $._expression),

    all: ($) => seq('all', $._name, 'in', $._operand, ':', $._literal_of_body),

    // ---- expressions

    _expression: ($) => choice($._operand, $.if, $.choice_binding),

    if: ($) => seq('if', $._expression, 'then', $._expression, 'else', $._expression),

    choice_binding: ($) => prec(PREC.compare, seq($._operand, '=', $.if)),

    _operand: ($) => choice($.binary, $.not, $.negation, $._postfix),

    binary: ($) =>
      choice(
        prec.left(PREC.or, seq($._operand, 'or', $._operand)),
        prec.left(PREC.and, seq($._operand, 'and', $._operand)),
        ...['==', '!=', '<', '<=', '>', '>=', '=', 'in'].map((sign) =>
          prec.left(PREC.compare, seq($._operand, sign, $._operand)),
        ),
        prec.left(PREC.range, seq($._operand, '..', $._operand)),
        ...['+', '-'].map((sign) => prec.left(PREC.sum, seq($._operand, sign, $._operand))),
        ...['*', '/', '%'].map((sign) =>
          prec.left(PREC.product, seq($._operand, sign, $._operand)),
        ),
      ),

    not: ($) => prec(PREC.not, seq('not', $._operand)),

    negation: ($) => prec(PREC.unary, seq('-', $._operand)),

    _postfix: ($) => choice($.field, $.index, $.call, $.named, $.try, $._primary),

    field: ($) => prec(PREC.postfix, seq($._postfix, '.', field('name', choice($._name, $.integer)))),

    index: ($) => prec(PREC.postfix, seq($._postfix, '[', $._expression, ']')),

    call: ($) =>
      prec(PREC.postfix, seq(field('callee', $._postfix), '(', commas($._expression), ')')),

    named: ($) =>
      prec(PREC.postfix, seq(field('callee', $._postfix), '{', comma($.named_argument), '}')),

    try: ($) => prec(PREC.postfix, seq($._postfix, '?')),

    _primary: ($) =>
      choice(
        $._name,
        $.type_name,
        $.wildcard,
        $._literal,
        $.role_reference,
        $.seal,
        $.tuple,
        $.group,
        $.list,
        $.set,
        $.map,
        $.match,
      ),

    role_reference: ($) => seq('@', $._name),

    seal: ($) => seq('seal', $._name, '(', commas($._expression), ')'),

    group: ($) => seq('(', $._expression, ')'),

    tuple: ($) =>
      choice(seq('(', ')'), seq('(', $._expression, ',', commas($._expression), ')')),

    list: ($) => seq('[', commas($._expression), ']'),

    set: ($) => seq('{', commas($._expression), '}'),

    map: ($) => seq('{', comma($.entry), optional(','), '}'),

    entry: ($) => seq($._expression, ':', $._expression),

    match: ($) => seq('match', '(', $._expression, ')', '{', comma($.arm), optional(','), '}'),

    arm: ($) => seq(field('pattern', $._expression), '=>', field('value', $._expression)),

    // ---- words

    _name: ($) => choice($.identifier, alias(choice(...SOFT), $.identifier)),

    identifier: ($) => /[a-z_][A-Za-z0-9_]*/,

    type_name: ($) => /[A-Z][A-Za-z0-9_]*/,

    wildcard: ($) => '_',

    _literal: ($) =>
      choice($.integer, $.float, $.duration, $.boolean, $.string, $.raw_string, $.bytes),

    boolean: ($) => choice('true', 'false'),

    integer: ($) => token(choice(/[0-9][0-9_]*/, /0x[0-9A-Fa-f_]+/)),

    float: ($) =>
      token(prec(1, choice(/[0-9][0-9_]*\.[0-9][0-9_]*([eE][+-]?[0-9]+)?/, /[0-9][0-9_]*[eE][+-]?[0-9]+/))),

    duration: ($) => token(prec(1, /([0-9][0-9_]*(ns|us|ms|s|m|h|d))+/)),

    string: ($) =>
      seq('"', repeat(choice($.text, $.escape, $.interpolation)), token.immediate('"')),

    text: ($) => token.immediate(prec(1, /[^"\\{}\n]+/)),

    escape: ($) =>
      token.immediate(choice(/\\u\{[0-9A-Fa-f]+\}/, /\\x[0-9A-Fa-f]{2}/, /\\[^\nux]/, '{{', '}}')),

    interpolation: ($) => seq(token.immediate('{'), $._expression, '}'),

    raw_string: ($) => token(seq('r"', /[^"]*/, '"')),

    bytes: ($) => token(seq('b"', /([^"\\\n]|\\.)*/, '"')),

    doc_comment: ($) => token(prec(2, /\/\/\/([^\/\n][^\n]*)?/)),

    line_comment: ($) => token(prec(1, /\/\/[^\n]*/)),

    // Comments stand inside each other; two levels are enough for an editor.
    block_comment: ($) =>
      token(
        seq(
          '/*',
          /([^*\/]|\*+[^*\/]|\/+[^*\/])*/,
          repeat(seq('/*', /([^*]|\*+[^*\/])*/, /\*+\//, /([^*\/]|\*+[^*\/]|\/+[^*\/])*/)),
          /\*+\//,
        ),
      ),

    // ---- tests

    test: ($) => seq('test', field('title', $.string), '{', repeat($._test_statement), '}'),

    _test_statement: ($) =>
      choice(
        $.tick,
        $.expect,
        $.nodes,
        $.seeds,
        $.network,
        $.node_events,
        $.test_view,
        $.eventually,
        $.always,
        $.sometimes,
      ),

    tick: ($) => seq('tick', optional($.at), choice(';', $.facts)),

    at: ($) => seq('at', $.duration),

    facts: ($) => seq('{', repeat(seq(optional('-'), $.head, ';')), '}'),

    expect: ($) =>
      choice(
        seq('expect', $._expression, ';'),
        seq('expect', 'sent', optional('not'), $.head, ';'),
        prec(1, seq('expect', 'error', optional($.type_name), 'in', $._test_statement)),
      ),

    nodes: ($) => seq('nodes', comma($.node_group), ';'),

    node_group: ($) =>
      seq($._name, optional(seq('(', comma($.named_argument), ')')), ':', $.integer),

    seeds: ($) => seq('seeds', $.integer, ';'),

    network: ($) => seq('network', '{', repeat(seq(repeat1($._network_word), ';')), '}'),

    _network_word: ($) =>
      choice(
        $._name, $.type_name, $.integer, $.float, $.duration, $.string, $.wildcard,
        '[', ']', '(', ')', ',', '..', '.', '|', '%', '-', ':', 'in', 'not',
      ),

    node_events: ($) => seq($._name, '[', $.integer, ']', optional($.at), $.facts),

    test_view: ($) =>
      seq('view', field('name', $._name), '(', commas($._expression), ')', '<=', $._body, ';'),

    eventually: ($) =>
      seq('eventually', optional(seq('within', $.duration)), '{', repeat($._property), '}'),

    always: ($) => seq('always', '{', repeat($._property), '}'),

    sometimes: ($) => seq('sometimes', '{', repeat($._property), '}'),

    _property: ($) =>
      choice(
        seq($._expression, ';'),
        seq('all', $._name, ':', $._expression, ';'),
        seq('agree', optional($._name), ':', $.path, ';'),
      ),
  },
});
