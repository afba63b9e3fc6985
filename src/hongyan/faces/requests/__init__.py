"""Requests at the web: asking for something, seeing where it is, deciding what waits for one's word.

Never: decides who may ask, who decides or what an approval does (company/requests does); pages parse, call and draw.
"""
