"""Where rows come from: files, samples, the hub, prepared datasets; and how rows are joined into conversations."""
