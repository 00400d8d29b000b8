set(TOOL_ROOMS source)
