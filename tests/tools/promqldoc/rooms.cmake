set(TOOL_ROOMS promql)
add_test(NAME docs/promql COMMAND promqldoc --check ${CMAKE_SOURCE_DIR}/docs/promql.md)
set_tests_properties(docs/promql PROPERTIES LABELS unit)
