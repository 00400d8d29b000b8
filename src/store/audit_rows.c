/* The chain of audit rows. */
#include "store/audit_rows.h"

#include "base/buf.h"
#include "base/digest.h"
#include "store/store.h"

enum { ROW_MAX = 1 << 20, HEAD_BYTES = 8 };

/* In meta: the last row and the beginning of its chain, by which rows cut off at the end are missed. */
static const char last_name[] = "audit_last", head_name[] = "audit_head";

static int64_t head_of(const unsigned char *chain)
{
    uint64_t head = 0;
    for (int i = 0; i < HEAD_BYTES; i++)
        head = head << 8 | chain[i];
    return (int64_t)head;
}

/* Lengths stand before the texts, so that nothing can move from one into the next. */
static struct digest chain_of(struct text previous, int64_t at_ms, const struct text parts[4])
{
    struct buf row;
    buf_init(&row, ROW_MAX);
    buf_add_text(&row, previous);
    buf_printf(&row, "%lld;", (long long)at_ms);
    for (int i = 0; i < 4; i++) {
        buf_printf(&row, "%zu:", parts[i].len);
        buf_add_text(&row, parts[i]);
    }
    struct digest digest = digest_of(buf_text(&row));
    buf_finish(&row);
    return digest;
}

void audit_add(struct database *db, int64_t at_ms, struct text actor, struct text action, struct text subject,
               struct text detail)
{
    const struct text parts[4] = {actor, action, subject, detail};
    struct digest digest;
    struct statement *last = db_query(db, "SELECT chain FROM audit ORDER BY id DESC LIMIT 1");
    if (db_step(last))
        digest = chain_of(db_blob(last, 0), at_ms, parts);
    else
        digest = chain_of(TEXT(""), at_ms, parts);
    db_done(last);
    struct statement *s = db_query(db, "INSERT INTO audit(at_ms, actor, action, subject, detail, chain)"
                                       " VALUES(?1, ?2, ?3, ?4, ?5, ?6)");
    db_bind_int(s, 0, at_ms);
    for (int i = 0; i < 4; i++)
        db_bind_text(s, i + 1, parts[i]);
    db_bind_blob(s, 5, digest.bytes, DIGEST_BYTES);
    db_run(s);
    meta_set(db, last_name, db_last_id(db));
    meta_set(db, head_name, head_of(digest.bytes));
}

/* Does the chain that was walked end where the last row that was added ended? */
static bool verify_end(struct database *db, int64_t rows, struct text chain, struct err *err)
{
    int64_t last = meta_get(db, last_name, 0), head = meta_get(db, head_name, 0);
    if (rows == last && (rows == 0 || head == head_of((const unsigned char *)chain.at)))
        return true;
    if (rows < last)
        return err_set(err, ERR_STORE,
                       "the audit ends at row %lld, but %lld were written: the last were removed",
                       (long long)rows, (long long)last);
    return err_set(err, ERR_STORE, "the audit ends at row %lld, which is not the one that was written last",
                   (long long)rows);
}

bool audit_verify(struct database *db, int64_t *rows, struct digest *head, struct err *err)
{
    struct buf previous;
    buf_init(&previous, DIGEST_BYTES);
    int64_t broken = 0, expected_id = 1;
    *rows = 0;
    struct statement *s =
        db_query(db, "SELECT id, at_ms, actor, action, subject, detail, chain FROM audit ORDER BY id");
    while (!broken && db_step(s)) {
        const struct text parts[4] = {db_text(s, 2), db_text(s, 3), db_text(s, 4), db_text(s, 5)};
        struct digest digest = chain_of(buf_text(&previous), db_int(s, 1), parts);
        struct text stored = db_blob(s, 6);
        bool fits = db_int(s, 0) == expected_id++ && stored.len == DIGEST_BYTES &&
                    memcmp(stored.at, digest.bytes, DIGEST_BYTES) == 0;
        if (!fits)
            broken = db_int(s, 0);
        else
            ++*rows;
        buf_clear(&previous);
        buf_add(&previous, digest.bytes, DIGEST_BYTES);
    }
    db_done(s);
    bool sound =
        !broken ||
        err_set(err, ERR_STORE, "audit row %lld does not fit the chain: it, or a row before it, was changed",
                (long long)broken);
    sound = sound && verify_end(db, *rows, buf_text(&previous), err);
    if (sound && previous.len)
        memcpy(head->bytes, previous.at, DIGEST_BYTES);
    buf_finish(&previous);
    return !db_take_error(db, err) && sound;
}

void audit_each(struct database *db, int64_t from_ms, size_t most,
                void (*each)(void *context, int64_t at_ms, struct text actor, struct text action,
                             struct text subject, struct text detail),
                void *context)
{
    struct statement *s =
        db_query(db, "SELECT at_ms, actor, action, subject, detail FROM audit WHERE at_ms >= ?1"
                     " ORDER BY id DESC LIMIT ?2");
    db_bind_int(s, 0, from_ms);
    db_bind_int(s, 1, (int64_t)most);
    while (db_step(s))
        each(context, db_int(s, 0), db_text(s, 1), db_text(s, 2), db_text(s, 3), db_text(s, 4));
}
