"""Contact sheets of the clips that the networks train on: the command for `synthetic.sheet`."""

from ..synthetic.sheet import main

if __name__ == "__main__":
    main()
