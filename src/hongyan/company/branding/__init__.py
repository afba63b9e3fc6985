"""How a company's pages look: name, logo, colour, sign-in page; and the text that its people sign mail with."""
