//! What compressed RTF begins with, for those who write it and those who read it ([MS-OXRTFCP]).

/// Bytes of the dictionary, a ring ([MS-OXRTFCP] 2.1.2.1).
pub const DICTIONARY: usize = 4096;

/// What the dictionary holds before the first byte ([MS-OXRTFCP] 2.1.2.1).
pub const INITIAL: &[u8; 207] = b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \
\\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";
