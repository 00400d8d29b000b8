/* promqltest: runs text cases of the PromQL room:
 *
 *     promqltest FILE…             scripts in Prometheus' test language
 *     promqltest --parse FILE…     expressions that parse, or the error they give
 *     promqltest --print FILE…     expressions and how they print
 *     promqltest --series FILE…    series descriptions
 *
 * Exit status: 0 all passed, 1 a case failed, 2 usage or a file that cannot be read. */
#include "modes.h"
#include "script.h"
#include "tally.h"

#include <stdio.h>
#include <string.h>

int tally_finish(const struct tally *tally)
{
    printf("%d passed, %d failed, %d skipped\n", tally->passed, tally->failed, tally->skipped);
    return tally->failed ? 1 : 0;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *flag;
        int (*run)(int n, char **files);
    } modes[] = {
        {"--parse", run_parse_cases},
        {"--print", run_print_cases},
        {"--series", run_series_cases},
    };
    for (size_t i = 0; argc > 2 && i < sizeof modes / sizeof modes[0]; i++)
        if (strcmp(argv[1], modes[i].flag) == 0)
            return modes[i].run(argc - 2, argv + 2);
    if (argc > 1 && argv[1][0] != '-')
        return run_script_files(argc - 1, argv + 1);
    fprintf(stderr, "usage: promqltest [--parse|--print|--series] FILE…\n");
    return 2;
}
