"""Where rows come from: files, samples, the hub, datasets; and rows put together as conversations."""
