autocmd BufRead,BufNewFile *.bloom setfiletype bloom
