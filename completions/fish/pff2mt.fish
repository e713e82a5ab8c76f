complete -c pff2mt -s o -d 'Where to write the stream; - for standard output [default: standard output, unless that is a terminal]' -r -F
complete -c pff2mt -l root-name -d 'The folder that everything goes below (without -s) [default: Import of FILE]' -r
complete -c pff2mt -l only-obj -d 'Take only this folder (with all below it) or message; may be repeated' -r
complete -c pff2mt -l charset -d 'Code page of 8-bit text that says nothing of its own [default: the file\'s, else 1252]' -r
complete -c pff2mt -l ledger -d 'Write a list of the items that are not whole (JSON Lines)' -r -F
complete -c pff2mt -l jobs -d 'Threads that prepare messages; the stream is the same for any number [default: one a core]' -r
complete -c pff2mt -l recover -d 'Search the whole file for what the trees don\'t reach, even where they are sound; =deleted: for deleted items, too' -r -f -a "auto\t'What folders still list'
deleted\t'Deleted items, too, in a folder of their own'"
complete -c pff2mt -l limit -d 'Set a limit (embedding, folders, levels, pages, inflated, value, items, objects, item); may be repeated' -r
complete -c pff2mt -l loglevel -d 'What to tell: 1 critical, 2 errors, 3 warnings, 4 notices, 5 information, 6 everything' -r
complete -c pff2mt -s s -d 'Splice: put Inbox, Sent Items, Calendar and the like into those of the target'
complete -c pff2mt -l plan -d 'Show where -s would put each special folder, and why, and write no stream'
complete -c pff2mt -l with-hidden -d 'Take hidden folders (the default without -s)'
complete -c pff2mt -l without-hidden -d 'Leave hidden folders out, with all that is below them (the default with -s)'
complete -c pff2mt -l with-assoc -d 'Take associated items (FAI: views, rules, settings)'
complete -c pff2mt -l without-assoc -d 'Leave associated items out (the default)'
complete -c pff2mt -l strict -d 'Stop at the first thing that is wrong with the file, with exit code 3'
complete -c pff2mt -s t -d 'Show on standard error the tree of what is written'
complete -c pff2mt -s p -d 'Show properties, too (with -t or without)'
complete -c pff2mt -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pff2mt -s V -l version -d 'Print version'
