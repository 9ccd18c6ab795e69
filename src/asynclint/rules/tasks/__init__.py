"""Rules about tasks and futures: how they are started, waited for and ended."""
