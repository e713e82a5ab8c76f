//! Every message of every file, read by Python's parser.
