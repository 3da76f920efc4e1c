"""Published rules for progress towards a target, each a pure function over arrays; ``transforms.rules.registry`` lists them."""
