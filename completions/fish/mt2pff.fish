complete -c mt2pff -s o -l output -d 'The file to write' -r -F
complete -c mt2pff -l format -d 'The format: unicode, or ansi for Outlook 97 to 2002' -r -f -a "unicode\t'That of Outlook 2003 and later'
ansi\t'That of Outlook 97 to 2002'"
complete -c mt2pff -l crypt -d 'How the bytes are obscured: none, permute or cyclic; it protects nothing' -r -f -a "none\t'Not at all'
permute\t'By a table ("compressible encryption")'
cyclic\t'By tables and the place of the byte ("high encryption")'"
complete -c mt2pff -l charset -d 'With --format ansi: the code page of all text [default: 1252]' -r
complete -c mt2pff -l ledger -d 'Write one line of JSON for each item that is not whole, and a last one with the totals' -r -F
complete -c mt2pff -l loglevel -d 'What to tell: 1 critical, 2 errors, 3 warnings, 4 notices, 5 information, 6 everything' -r
complete -c mt2pff -s f -l force -d 'Replace the file when it is there'
complete -c mt2pff -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mt2pff -s V -l version -d 'Print version'
