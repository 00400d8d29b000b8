/* options: the `source:` section of sloburn.yml, and opening what it names.
 *
 *   source: {prometheus: {url: "http://127.0.0.1:9090", basic_auth: {username: a, password_file: f},
 *            bearer_token_file: f, headers: {X-Scope-OrgID: team}, tls: {ca_file: f, cert_file: f, key_file:
 * f, server_name: n}, proxy_url: u, timeout: 30s, method: POST}} source: {simulate: {seed: 1,
 * scrape_interval: 15s}} */
#ifndef SLOBURN_SOURCE_OPTIONS_H
#define SLOBURN_SOURCE_OPTIONS_H

#include "base/fields.h"
#include "source/source.h"

enum source_kind { SOURCE_PROMETHEUS, SOURCE_SIMULATED };

struct source_header {
    struct text name;
    struct text value;
};

/* Texts live in the configuration's arena and end in NUL; at is NULL where nothing is set. */
struct source_options {
    enum source_kind kind;
    struct text url;
    struct text username, password, password_file;
    struct text bearer_token, bearer_token_file;
    struct source_header *headers;
    size_t n_headers;
    struct text ca_file, cert_file, key_file, server_name;
    bool insecure_skip_verify;
    struct text proxy_url;
    int64_t timeout_ms;
    size_t max_response_bytes;
    size_t max_samples;
    bool get; /* queries by GET instead of POST */
    /* SOURCE_SIMULATED */
    uint64_t seed;
    int64_t scrape_interval_ms;
};

/* False (with findings) if the section is missing or wrong. */
bool source_options_read(const struct yaml_node *node, const char *file, struct arena *arena,
                         struct source_options *options, struct findings *findings);

#endif
