complete -c pffbreak -l kind -d 'How it is broken: bit-flip, zero, swap, duplicate, torn, truncate, header, nbt-leaf, bbt-leaf, nbt-inner or bbt-inner' -r -f -a "bit-flip\t'A bit of a page or block turns over'
zero\t'A range in a page or block is NUL'
swap\t'Two sectors of 512 bytes change places'
duplicate\t'A sector is written over another one'
torn\t'The second half of a page of a tree is that of the tree\'s root, or NUL in the root itself'
truncate\t'The file ends early'
header\t'The header is NUL'
nbt-leaf\t'A leaf of the node B-tree is NUL'
bbt-leaf\t'A leaf of the block B-tree is NUL'
nbt-inner\t'A page above the leaves of the node B-tree is NUL'
bbt-inner\t'A page above the leaves of the block B-tree is NUL'"
complete -c pffbreak -l count -d 'In how many places' -r
complete -c pffbreak -l seed -d 'Where the random numbers begin' -r
complete -c pffbreak -l loglevel -d 'What to tell: 1 critical, 2 errors, 3 warnings, 4 notices, 5 information, 6 everything' -r
complete -c pffbreak -l repair -d 'Make the CRCs of the changed pages and blocks right again'
complete -c pffbreak -l json -d 'Write what was done to standard output, as a line of JSON for each change'
complete -c pffbreak -s f -l force -d 'Replace OUT where it is there already'
complete -c pffbreak -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pffbreak -s V -l version -d 'Print version'
