/* Runbooks as pages: headings, lists, code and paragraphs of Markdown, everything else as plain text. */
#include "base/file.h"
#include "server/html.h"
#include "server/route.h"

enum { RUNBOOK_MAX_BYTES = 1 << 20, PATH_MAX_BYTES = 8192, NAME_MAX_BYTES = 100 };

static bool name_is_safe(struct text name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.at[i];
        bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                    c == '_';
        if (!good)
            return false;
    }
    return name.len > 0 && name.len <= NAME_MAX_BYTES;
}

/* Text with `code` and **strong** spans. */
static void put_spans(struct text line, struct buf *out)
{
    bool code = false, strong = false;
    size_t from = 0;
    for (size_t i = 0; i < line.len; i++) {
        bool stars = !code && line.at[i] == '*' && i + 1 < line.len && line.at[i + 1] == '*';
        if (line.at[i] != '`' && !stars)
            continue;
        html_escape(text_part(line, from, i), out);
        if (stars) {
            buf_puts(out, strong ? "</b>" : "<b>");
            strong = !strong;
            i++;
        } else {
            buf_puts(out, code ? "</code>" : "<code>");
            code = !code;
        }
        from = i + 1;
    }
    html_escape(text_part(line, from, line.len), out);
    if (code)
        buf_puts(out, "</code>");
    if (strong)
        buf_puts(out, "</b>");
}

enum block { BLOCK_NONE, BLOCK_PARAGRAPH, BLOCK_LIST, BLOCK_NUMBERS, BLOCK_CODE };

static void switch_to(enum block *now, enum block next, struct buf *out)
{
    static const char *const ends[] = {"", "</p>\n", "</li></ul>\n", "</li></ol>\n", "</pre>\n"};
    static const char *const begins[] = {"", "<p>", "<ul>", "<ol>", "<pre>"};
    if (*now == next)
        return;
    buf_puts(out, ends[*now]);
    buf_puts(out, begins[next]);
    *now = next;
}

/* Length of "- " or "12. " at the start, or 0. */
static size_t item_mark(struct text line, bool *number)
{
    *number = false;
    if (text_starts(line, TEXT("- ")) || text_starts(line, TEXT("* ")))
        return 2;
    size_t digits = 0;
    while (digits < line.len && line.at[digits] >= '0' && line.at[digits] <= '9')
        digits++;
    *number = digits > 0 && text_starts(text_part(line, digits, line.len), TEXT(". "));
    return *number ? digits + 2 : 0;
}

static void put_line(struct text raw, enum block *block, struct buf *out)
{
    struct text line = text_trim(raw);
    size_t hashes = 0;
    bool number;
    while (hashes < line.len && hashes < 5 && line.at[hashes] == '#')
        hashes++;
    size_t mark = item_mark(line, &number);
    if (line.len == 0) {
        switch_to(block, BLOCK_NONE, out);
    } else if (hashes) {
        switch_to(block, BLOCK_NONE, out);
        buf_printf(out, "<h%zu>", hashes + 1);
        put_spans(text_trim(text_part(line, hashes, line.len)), out);
        buf_printf(out, "</h%zu>\n", hashes + 1);
    } else if (mark) {
        enum block list = number ? BLOCK_NUMBERS : BLOCK_LIST;
        if (*block == list)
            buf_puts(out, "</li>\n");
        switch_to(block, list, out);
        if (number)
            buf_printf(out, "<li value=\"%.*s\">", (int)(mark - 2), line.at);
        else
            buf_puts(out, "<li>");
        put_spans(text_part(line, mark, line.len), out);
    } else {
        if (*block == BLOCK_NONE)
            switch_to(block, BLOCK_PARAGRAPH, out);
        else
            buf_putc(out, ' ');
        put_spans(line, out);
    }
}

static size_t indentation(struct text line)
{
    size_t n = 0;
    while (n < line.len && line.at[n] == ' ')
        n++;
    return n;
}

static void put_markdown(struct text rest, struct buf *out)
{
    enum block block = BLOCK_NONE;
    size_t fence = 0; /* how far the block's fence is indented: so is its code */
    while (rest.len) {
        struct text line = text_cut(&rest, '\n');
        size_t spaces = indentation(line);
        if (text_starts(text_trim(line), TEXT("```"))) {
            fence = spaces;
            switch_to(&block, block == BLOCK_CODE ? BLOCK_NONE : BLOCK_CODE, out);
        } else if (block == BLOCK_CODE) {
            html_escape(text_part(line, spaces < fence ? spaces : fence, line.len), out);
            buf_putc(out, '\n');
        } else {
            put_line(line, &block, out);
        }
    }
    switch_to(&block, BLOCK_NONE, out);
}

void answer_runbook(struct exchange *exchange, struct text name)
{
    struct buf path, content;
    struct err err;
    if (exchange->config->runbooks.len == 0 || !name_is_safe(name)) {
        answer_not_found(exchange);
        return;
    }
    buf_init(&path, PATH_MAX_BYTES);
    buf_init(&content, RUNBOOK_MAX_BYTES);
    buf_printf(&path, "%.*s/%.*s.md", TEXT_ARG(exchange->config->runbooks), TEXT_ARG(name));
    if (file_read(buf_cstring(&path), &content, &err)) {
        exchange->response->content_type = "text/html; charset=utf-8";
        html_begin("runbook", 0, &exchange->response->body);
        put_markdown(buf_text(&content), &exchange->response->body);
        html_end(&exchange->response->body);
    } else {
        answer_not_found(exchange);
    }
    buf_finish(&path);
    buf_finish(&content);
}
