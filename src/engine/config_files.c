/* The SLO and rule files that sloburn.yml names: each is read, or goes on in its last good version. */
#include "base/file.h"
#include "engine/config_state.h"
#include "slo/composite.h"
#include "slo/slo_file.h"

struct file_reading {
    struct config *config;
    struct config *previous;
    struct findings *findings;
    bool rules; /* rule files; else SLO files */
    size_t met;
};

/* A file that is broken now: its version in the previous configuration goes on, if it had one. */
static void keep_previous(struct config *config, struct config *previous, struct config_file *file)
{
    file->refused = true;
    for (size_t i = 0; previous && i < previous->files.len; i++) {
        const struct config_file *old = &previous->files.at[i];
        if (!text_eq(old->path, file->path))
            continue;
        file->slos = old->slos;
        file->groups = old->groups;
        file->home = old->home ? old->home : previous; /* not a chain of all reloads since */
        VEC_PUSH(&config->borrowed, config_ref(file->home));
    }
}

/* "11:21: write <=, not <", of the findings from `from` on. */
static struct text first_error(const struct file_reading *reading, size_t from)
{
    const struct findings *findings = reading->findings;
    struct text text = TEXT("");
    for (size_t i = from; i < findings->len && !text.len; i++) {
        const struct finding *finding = &findings->at[i];
        if (finding->level != FINDING_ERROR)
            continue;
        struct buf out;
        buf_init(&out, CONFIG_PATH_MAX_BYTES);
        buf_printf(&out, "%d:%d: %.*s", finding->pos.line, finding->pos.column, TEXT_ARG(finding->message));
        text = text_copy(&reading->config->arena, buf_text(&out));
        buf_finish(&out);
    }
    return text;
}

static void read_one_file(void *context, const char *path)
{
    struct file_reading *reading = context;
    struct config *config = reading->config;
    struct config_file file = {.path = text_copy(&config->arena, text_of(path))};
    struct slo_context slo = {config->view.environment, &config->arena, config->regexes, config->labels,
                              config->zones};
    struct buf content;
    size_t from = reading->findings->len;
    reading->met++;
    bool good = config_read_whole(file.path.at, &content, reading->rules ? "rule/file" : "slo/file",
                                  reading->findings);
    struct text kept = text_copy(&config->arena, buf_text(&content));
    buf_finish(&content);
    if (good && reading->rules)
        good =
            rules_read(kept, file.path.at, &config->arena, config->regexes, &file.groups, reading->findings);
    else if (good)
        good = slo_file_read(kept, file.path.at, &slo, &file.slos, reading->findings);
    if (!good) {
        keep_previous(config, reading->previous, &file);
        file.error = first_error(reading, from);
    }
    VEC_PUSH(&config->files, file);
}

static void read_matching(const struct fields *root, const char *key, struct file_reading *reading)
{
    struct config *config = reading->config;
    size_t n = 0;
    struct text *patterns = fields_texts(root, key, &config->arena, &n);
    for (size_t i = 0; i < n; i++) {
        struct err err;
        reading->met = 0;
        struct text pattern = config_resolve(config, patterns[i]);
        if (!file_glob("", pattern.at, read_one_file, reading, &err))
            fields_error(root, key, "%s", err.message);
        else if (reading->met == 0)
            fields_warning(root, key, "no file matches %.*s", TEXT_ARG(pattern));
    }
}

static void gather(struct config *config)
{
    size_t slos = 0, composites = 0, groups = 0;
    for (size_t i = 0; i < config->files.len; i++) {
        slos += config->files.at[i].slos.len;
        composites += config->files.at[i].slos.n_composites;
        groups += config->files.at[i].groups.len;
    }
    struct slo *all_slos = ARENA_ARRAY(&config->arena, struct slo, slos);
    struct slo_composite *all_composites = ARENA_ARRAY(&config->arena, struct slo_composite, composites);
    struct rule_group *all_groups = ARENA_ARRAY(&config->arena, struct rule_group, groups);
    slos = composites = groups = 0;
    for (size_t i = 0; i < config->files.len; i++) {
        const struct config_file *file = &config->files.at[i];
        for (size_t k = 0; k < file->slos.len; k++)
            all_slos[slos++] = file->slos.at[k];
        for (size_t k = 0; k < file->slos.n_composites; k++)
            all_composites[composites++] = file->slos.composites[k];
        for (size_t k = 0; k < file->groups.len; k++)
            all_groups[groups++] = file->groups.at[k];
    }
    config->view.slos = (struct slo_list){all_slos, slos, all_composites, composites};
    config->view.groups = (struct rule_groups){all_groups, groups};
    config->view.files = config->files.at;
    config->view.n_files = config->files.len;
}

static bool names_slo(const struct config_file *file, struct text id)
{
    for (size_t i = 0; i < file->slos.len; i++)
        if (text_eq(file->slos.at[i].id, id))
            return true;
    for (size_t i = 0; i < file->slos.n_composites; i++)
        if (text_eq(file->slos.composites[i].id, id))
            return true;
    return false;
}

static bool clashes(const struct config_file *file, const struct config_file *earlier)
{
    for (size_t i = 0; i < file->slos.len; i++)
        if (names_slo(earlier, file->slos.at[i].id))
            return true;
    for (size_t i = 0; i < file->slos.n_composites; i++)
        if (names_slo(earlier, file->slos.composites[i].id))
            return true;
    return false;
}

static bool clashes_with_any(const struct config *config, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (clashes(&config->files.at[i], &config->files.at[k]))
            return true;
    return false;
}

void config_read_files(struct config *config, struct config *previous, const struct fields *root)
{
    struct file_reading reading = {.config = config, .previous = previous, .findings = root->findings};
    read_matching(root, "slo_files", &reading);
    reading.rules = true;
    read_matching(root, "rule_files", &reading);
    gather(config);
}

void config_refuse_doubles(struct config *config, struct config *previous)
{
    for (size_t i = 0; i < config->files.len; i++) {
        struct config_file *file = &config->files.at[i];
        if (!clashes_with_any(config, i))
            continue;
        if (!file->refused) {
            keep_previous(config, previous, file);
            file->error = TEXT("another file names one of its SLOs, too");
        }
        if (clashes_with_any(config, i))
            file->slos = (struct slo_list){0};
    }
    gather(config);
}
