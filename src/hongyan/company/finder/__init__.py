"""Finding anything of a company by the beginning of a word: name, pinyin, initials, address, number."""
