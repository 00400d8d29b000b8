set(TOOL_ROOMS promql)
