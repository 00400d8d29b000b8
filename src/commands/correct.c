/* correct: minutes that somebody says do not count: add, list, revoke. */
#include "engine/corrections.h"

#include "base/json.h"
#include "base/number.h"
#include "base/timezone.h"
#include "commands/arguments.h"
#include "commands/clock.h"
#include "commands/commands.h"
#include "commands/documents.h"
#include "commands/output.h"
#include "commands/remote.h"

#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

enum { PATH_MAX_BYTES = 64, BODY_MAX = 1 << 20, ANSWER_MAX = 32 << 20 };

static const char *const formats[] = {"text", "json", NULL};

struct correct_options {
    struct document_place place;
    const char *slo, *service, *from, *to, *every, *zone, *kind, *reason, *author, *approver, *format;
    bool all;
    bool as_json;
    int64_t id; /* of revoke */
};

static const char *login_name(void)
{
    const struct passwd *user = getpwuid(getuid());
    return user && user->pw_name ? user->pw_name : "";
}

static struct correction_request request_of(const struct correct_options *o)
{
    return (struct correction_request){.slo = text_of(o->slo),
                                       .service = text_of(o->service),
                                       .from = text_of(o->from),
                                       .to = text_of(o->to),
                                       .every = text_of(o->every),
                                       .zone = text_of(o->zone),
                                       .kind = text_of(o->kind),
                                       .reason = text_of(o->reason),
                                       .author = text_of(o->author),
                                       .approver = text_of(o->approver),
                                       .actor = text_of(login_name())};
}

/* The store as it is: a correction makes none. While serve holds it, serve writes. */
static struct store *open_store(const char *path, struct err *err)
{
    struct database *reader = store_open_reader(path, err);
    database_close(reader);
    if (!reader)
        return NULL;
    struct store *store = store_open(path, "correct", err);
    if (!store)
        (void)err_context(err,
                          "the store cannot be written (while serve runs: --server URL --token-file FILE,"
                          " with a token of the role correct)");
    return store;
}

static bool change_store(const struct correct_options *o, int64_t *id, struct err *err)
{
    struct correction_request request = request_of(o);
    struct config *config = document_config(o->place.config, err);
    if (!config)
        return false;
    const struct config_view *view = config_view(config);
    struct store *store = open_store(view->store_path.at, err);
    bool good = store != NULL;
    if (good && o->id)
        good = correct_revoke(store, view, *id, &request, clock_now_ms(), err);
    else if (good)
        good = correct_add(store, view, &request, clock_now_ms(), id, err);
    store_close(store);
    config_unref(config);
    return good;
}

static void put(struct json_writer *w, const char *name, const char *value)
{
    if (!*value)
        return;
    json_name(w, name);
    json_put_string(w, value);
}

static void print_body(const struct correct_options *o, struct buf *body)
{
    struct json_writer w;
    json_begin(&w, body);
    json_open(&w, '{');
    if (!o->id) {
        put(&w, "slo", o->slo);
        put(&w, "service", o->service);
        put(&w, "from", o->from);
        put(&w, "to", o->to);
        put(&w, "every", o->every);
        put(&w, "zone", o->zone);
        put(&w, "kind", o->kind);
    }
    put(&w, "reason", o->reason);
    put(&w, "author", o->author);
    put(&w, "approver", o->approver);
    json_close(&w, '}');
}

static bool change_remote(const struct correct_options *o, int64_t *id, struct err *err)
{
    struct buf path, body, answer;
    buf_init(&path, PATH_MAX_BYTES);
    buf_init(&body, BODY_MAX);
    buf_init(&answer, BODY_MAX);
    buf_puts(&path, "/api/v1/corrections");
    if (o->id)
        buf_printf(&path, "/%lld", (long long)o->id);
    print_body(o, &body);
    struct remote_change change = {o->id ? "DELETE" : "POST", buf_cstring(&path), buf_text(&body)};
    bool good = remote_send(o->place.server, o->place.token_file, &change, &answer, err);
    struct json *json = good ? json_parse(buf_text(&answer), err) : NULL;
    good = good && json;
    if (good)
        *id = (int64_t)json_number(json_get(json, "id"), 0);
    json_free(json);
    buf_finish(&path);
    buf_finish(&body);
    buf_finish(&answer);
    return good;
}

static int change(const struct correct_options *o)
{
    struct err err;
    int64_t id = o->id;
    if (!(o->place.server ? change_remote(o, &id, &err) : change_store(o, &id, &err)))
        return complain("correct", &err);
    if (o->as_json)
        printf("{\"id\":%lld}\n", (long long)id);
    else
        printf(o->id ? "correction %lld is revoked\n" : "correction %lld is in force\n", (long long)id);
    return 0;
}

static bool read_store(const struct correct_options *o, struct buf *document, struct err *err)
{
    struct config *config = document_config(o->place.config, err);
    struct database *reader = config ? store_open_reader(config_view(config)->store_path.at, err) : NULL;
    bool good = reader && corrections_json(reader, clock_now_ms(), o->all, document, err);
    database_close(reader);
    config_unref(config);
    return good;
}

static void print_time(const struct json *correction, const char *name, struct buf *out)
{
    double ms = json_number(json_get(correction, name), -1);
    if (ms < 0)
        buf_puts(out, "until revoked");
    else
        civil_print(NULL, (int64_t)ms, out);
}

static const char *word(const struct json *correction, const char *name)
{
    return json_string(json_get(correction, name), "");
}

static void print_correction(const struct json *c, struct buf *out)
{
    buf_printf(out, "%lld  %s  %s  ", (long long)json_number(json_get(c, "id"), 0), word(c, "kind"),
               word(c, "selector"));
    print_time(c, "from_ms", out);
    buf_puts(out, " to ");
    print_time(c, "to_ms", out);
    if (*word(c, "every"))
        buf_printf(out, ", %s %s", word(c, "every"), *word(c, "zone") ? word(c, "zone") : "UTC");
    buf_printf(out, "\n    %s (%s", word(c, "reason"), word(c, "author"));
    if (*word(c, "approver"))
        buf_printf(out, ", approved by %s", word(c, "approver"));
    buf_puts(out, ")\n");
    if (json_number(json_get(c, "revoked_ms"), 0) > 0) {
        buf_puts(out, "    revoked ");
        print_time(c, "revoked_ms", out);
        buf_printf(out, " by %s: %s\n", word(c, "revoked_by"), word(c, "revoked_why"));
    }
}

static bool print_list(const struct buf *document, struct buf *out, struct err *err)
{
    struct json *json = json_parse(buf_text(document), err);
    if (!json)
        return false;
    const struct json *list = json_get(json, "corrections");
    if (json_length(list) == 0)
        buf_puts(out, "there are no corrections\n");
    for (const struct json *c = json_first(list); c; c = json_next(c))
        print_correction(c, out);
    json_free(json);
    return true;
}

static int list(const struct correct_options *o)
{
    struct err err;
    struct buf document, out;
    buf_init(&document, ANSWER_MAX);
    buf_init(&out, ANSWER_MAX);
    bool good = o->place.server ? remote_get(o->place.server, o->place.token_file,
                                             o->all ? "/api/v1/corrections?all=true" : "/api/v1/corrections",
                                             &document, &err)
                                : read_store(o, &document, &err);
    if (good && o->as_json)
        buf_putc(&document, '\n');
    else if (good)
        good = print_list(&document, &out, &err);
    good = good && output_write(NULL, o->as_json ? &document : &out, &err);
    buf_finish(&document);
    buf_finish(&out);
    return good ? 0 : complain("correct", &err);
}

static int wrong(const char *message)
{
    struct err err;
    (void)err_set(&err, ERR_USAGE, "%s", message);
    return complain("correct", &err);
}

static int act(struct correct_options *o, const char *const *operands)
{
    struct text verb = text_of(operands[0] ? operands[0] : "");
    bool has_id = operands[0] && operands[1];
    if (text_is(verb, "revoke"))
        return has_id && integer_parse(text_of(operands[1]), &o->id) && o->id > 0
                   ? change(o)
                   : wrong("which one? sloburn correct revoke ID (see sloburn correct list)");
    if (has_id)
        return wrong("only revoke takes an ID");
    if (text_is(verb, "add"))
        return change(o);
    return text_is(verb, "list") ? list(o) : wrong("add, list or revoke? (sloburn correct --help)");
}

int command_correct(int argc, char **argv)
{
    struct correct_options o = {.place = {.config = "sloburn.yml"},
                                .slo = "",
                                .service = "",
                                .from = "",
                                .to = "",
                                .every = "",
                                .zone = "",
                                .kind = "maintenance",
                                .reason = "",
                                .author = login_name(),
                                .approver = "",
                                .format = "text"};
    const struct argument arguments[] = {
        DOCUMENT_ARGUMENTS(&o.place),
        {"slo", "ID", "the SLO: rag-api/availability", &o.slo, NULL},
        {"service", "NAME", "or all SLOs of a service", &o.service, NULL},
        {"from", "TIME", "where it begins (now)", &o.from, NULL},
        {"to", "TIME", "where it ends", &o.to, NULL},
        {"every", "WHEN", "it recurs: \"sat 02:00-04:00\", \"monthly first sun 02:00-04:00\"", &o.every,
         NULL},
        {"zone", "ZONE", "time zone of --every, and of --from and --to without an offset (UTC)", &o.zone,
         NULL},
        {"kind", "KIND", "maintenance or exclusion (maintenance)", &o.kind, NULL},
        {"reason", "TEXT", "why", &o.reason, NULL},
        {"author", "NAME", "who says so (the login name)", &o.author, NULL},
        {"approver", "NAME", "the second person, where a closed period changes", &o.approver, NULL},
        {"all", NULL, "list: those that are over or revoked, too", NULL, &o.all},
        {"format", "FORMAT", "text or json (text)", &o.format, NULL},
    };
    const struct command_line line = {
        .command = "correct",
        .synopsis =
            "correct add|list|revoke [ID] [--config FILE | --server URL --token-file FILE] [OPTION...]",
        .about = "Takes minutes out of the books. A maintenance window is announced before it is over: its "
                 "minutes leave\n"
                 "budgets and burn rates, and nothing pages meanwhile. An exclusion is said afterwards: it "
                 "changes budgets and\n"
                 "never an incident. Each has an author and a reason, stands in the audit, and can be "
                 "revoked.",
        .epilogue = "Exit codes: 0, 2 bad usage or configuration, 3 no such SLO or correction, 4 the server "
                    "does not answer, 6 the store.",
        .arguments = arguments,
        .n_arguments = sizeof arguments / sizeof arguments[0],
        .max_operands = 2,
    };
    struct err err;
    const char *operands[3] = {NULL, NULL, NULL};
    int code;
    if (!arguments_parse(&line, argc, argv, operands, &code))
        return code;
    int format = output_choice("format", o.format, formats, &err);
    if (format < 0)
        return complain("correct", &err);
    o.as_json = format == 1;
    return act(&o, operands);
}
