/* config: sloburn.yml and all that it names, read and checked; the only reader of that file (each room reads
 * its own section of it). Immutable once made; reference-counted, since the threads of serve hold it while a
 * reload makes the next one. A broken sloburn.yml is refused as a whole; a broken SLO or rule file is refused
 * alone: config_load takes what the previous configuration had for that file, where there is one. */
#ifndef SLOBURN_ENGINE_CONFIG_H
#define SLOBURN_ENGINE_CONFIG_H

#include "alerting/rule.h"
#include "base/finding.h"
#include "notify/incident.h"
#include "receivers/receiver.h"
#include "slo/definition.h"
#include "source/options.h"

struct config;

/* Who may call the API: a bearer token (kept as its digest) and what it may do. */
struct api_token {
    struct text name; /* the actor in the audit */
    struct text file; /* read again at each reload */
    struct digest digest;
    bool read; /* roles */
    bool correct;
};

struct config_file {
    struct text path;
    struct config *home; /* whose memory slos and groups live in; NULL: this configuration's own */
    bool refused;        /* had errors: this is its last good version, or nothing */
    struct text error;   /* of those the first, with its place; "" if it is not refused */
    struct slo_list slos;
    struct rule_groups groups;
};

/* What other rooms read of a configuration. */
struct config_view {
    struct text path;
    struct text environment;
    struct source_options source;
    struct text store_path;
    struct slo_list slos;      /* of all files */
    struct rule_groups groups; /* of all files */
    const struct config_file *files;
    size_t n_files;
    struct owners owners;
    struct receivers receivers;
    struct text listen;       /* "127.0.0.1:9095" */
    struct text external_url; /* "" if not set, without trailing slash */
    struct text runbooks;     /* folder of NAME.md, served at /runbooks/NAME; "" if none */
    const struct api_token *tokens;
    size_t n_tokens;
    int64_t evaluation_interval_ms;
};

/* Reads the file and all it names. NULL if sloburn.yml itself has errors. Findings of all files in any case;
 * `previous` (or NULL) gives the last good version of files that are broken now. */
NODISCARD struct config *config_load(const char *path, struct config *previous, struct findings *findings);
struct config *config_ref(struct config *config);
void config_unref(struct config *config);
const struct config_view *config_view(const struct config *config);

/* A link as people can follow it: one that begins with "/" is meant on our own server. In the arena. */
struct text config_link(const struct config_view *view, struct text link, struct arena *arena);

#endif
