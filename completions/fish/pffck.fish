complete -c pffck -l map -d 'Draw what is where in the file as an SVG picture' -r -F
complete -c pffck -l charset -d 'Code page of 8-bit text that says nothing of its own [default: the file\'s, else 1252]' -r
complete -c pffck -l recover -d 'Search the whole file for what the trees don\'t reach, even where they are sound; =deleted: for deleted items, too' -r -f -a "auto\t'What folders still list'
deleted\t'Deleted items, too, in a folder of their own'"
complete -c pffck -l limit -d 'Set a limit (embedding, folders, levels, pages, inflated, value, items, objects, item); may be repeated' -r
complete -c pffck -l loglevel -d 'What to tell: 1 critical, 2 errors, 3 warnings, 4 notices, 5 information, 6 everything' -r
complete -c pffck -s t -d 'Show the tree of nodes and items'
complete -c pffck -s p -d 'Show properties, too (with -t or without)'
complete -c pffck -l json -d 'Write JSON'
complete -c pffck -l strict -d 'Stop at the first thing that is wrong with the file, with exit code 3'
complete -c pffck -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pffck -s V -l version -d 'Print version'
