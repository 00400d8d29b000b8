/* Finding the store that backup, restore and verify work on. */
#include "commands/upkeep.h"

#include "base/buf.h"
#include "commands/documents.h"

struct upkeep_options {
    const char *config;
    const char *store;
};

static bool find_store(const struct upkeep_options *options, struct buf *path, struct err *err)
{
    buf_init(path, 8192);
    if (options->store) {
        buf_puts(path, options->store);
        return true;
    }
    struct config *config = document_config(options->config, err);
    if (!config)
        return false;
    buf_add_text(path, config_view(config)->store_path);
    config_unref(config);
    return true;
}

int upkeep_run(const struct upkeep_command *command, int argc, char **argv)
{
    struct upkeep_options options = {.config = "sloburn.yml"};
    const struct argument arguments[] = {
        {"config", "FILE", "the configuration that names the store (sloburn.yml)", &options.config, NULL},
        {"store", "FILE", "the store itself, without a configuration", &options.store, NULL},
    };
    struct command_line line = command->line;
    struct err err;
    struct buf path;
    const char *operands[2];
    int code;
    line.arguments = arguments;
    line.n_arguments = sizeof arguments / sizeof arguments[0];
    line.max_operands = command->operand ? 1 : 0;
    if (!arguments_parse(&line, argc, argv, operands, &code))
        return code;
    if (command->operand && !operands[0]) {
        err_set(&err, ERR_USAGE, "%s is missing (sloburn %s --help)", command->operand, line.command);
        return complain(line.command, &err);
    }
    bool good = find_store(&options, &path, &err) && command->run(buf_cstring(&path), operands[0], &err);
    buf_finish(&path);
    return good ? 0 : complain(line.command, &err);
}
