"""The sections of ``Settings``: what each parameter means, its default and its bounds."""
