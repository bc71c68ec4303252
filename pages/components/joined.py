"""Where components find what joins their files: `pages.frame.joined`, for the frame has a component, too."""

from pages.frame.joined import component, joined

__all__ = ["component", "joined"]
