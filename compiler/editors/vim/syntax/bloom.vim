" Bloom, a Datalog for distributed programs.
if exists("b:current_syntax")
  finish
endif

" Words that are never names.
syntax keyword bloomControl if then else match expect
syntax keyword bloomWordOperator not and or in
syntax keyword bloomDeclare table view
syntax keyword bloomBoolean true false
syntax match bloomWildcard "\<_\>"

" Words with a meaning by position: they begin a statement, or something
" follows that a name could not stand before.
syntax match bloomDeclare "\v(^|[;{})]|\@\w+)\s*\zs<(static|scratch|input|output|channel|timer|periodic|role|module|protocol|import|use|fn|const|type|lattice|enum|invariant|test|seal|tick|nodes|seeds|network|eventually|always|sometimes)>\ze(\s+[0-9A-Za-z_\"{]|\s*[;{])"
syntax match bloomWord "\v<(like|every|by|partitioned|replicated|durable|as|sealed|endless|serial|all|at|sent|error|within|agree)>\ze(\s+[0-9A-Za-z_\"]|\s*[;{])"

syntax match bloomRelation "\v<[a-z_]\w*\ze\s*[({]"
syntax match bloomType "\v<[A-Z]\w*>"
syntax match bloomType "\v([:<[(,]\s*)@<=<(int|nat|float|bool|str|bytes|node|time|duration|uuid|json)>(\s*[:(])@!"
syntax match bloomAttribute "\v\@[a-z_]\w*"
syntax match bloomNumber "\v<[0-9][0-9A-Za-z_]*(\.[0-9][0-9_]*)?([eE][+-]?[0-9]+)?>"
syntax match bloomOperator "\V\(<+-\|<=\|<+\|<-\|<~\|=>\|..\|==\|!=\|>=\|<\|>\|=\|+\|-\|*\|/\|%\|?\||\)"

syntax region bloomString start=+"+ skip=+\\"+ end=+"+ oneline contains=bloomEscape,bloomInterpolation
syntax region bloomString start=+\<r"+ end=+"+
syntax match bloomEscape "\v\\.|\{\{|\}\}" contained
syntax region bloomInterpolation start=+{+ end=+}+ contained oneline contains=TOP
syntax region bloomComment start="/\*" end="\*/" contains=bloomComment,@Spell
syntax match bloomComment "//.*$" contains=@Spell
syntax match bloomDoc "///.*$" contains=@Spell

highlight default link bloomControl Conditional
highlight default link bloomWordOperator Operator
highlight default link bloomDeclare Keyword
highlight default link bloomWord Keyword
highlight default link bloomBoolean Boolean
highlight default link bloomWildcard Special
highlight default link bloomRelation Function
highlight default link bloomType Type
highlight default link bloomAttribute PreProc
highlight default link bloomNumber Number
highlight default link bloomOperator Operator
highlight default link bloomString String
highlight default link bloomEscape SpecialChar
highlight default link bloomComment Comment
highlight default link bloomDoc SpecialComment

let b:current_syntax = "bloom"
