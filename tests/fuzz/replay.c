/* Runs a fuzz target without a fuzzer over the files and folders it is given: its corpus as an ordinary test.
 * Prints each file before it runs, so that a crash names it, and a count at the end. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { FILE_MAX_BYTES = 16 << 20, PATH_BYTES = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t ran;

static int run_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        return 1;
    }
    uint8_t *data = malloc(FILE_MAX_BYTES);
    if (!data)
        abort();
    size_t size = fread(data, 1, FILE_MAX_BYTES, file);
    fclose(file);
    uint8_t *exact = malloc(size ? size : 1); /* so that a sanitizer sees reads behind the end */
    if (!exact)
        abort();
    memcpy(exact, data, size);
    free(data);
    printf("%s\n", path);
    fflush(stdout);
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
    ran++;
    return 0;
}

static int run(const char *path)
{
    struct stat about;
    if (stat(path, &about) != 0) {
        perror(path);
        return 1;
    }
    if (!S_ISDIR(about.st_mode))
        return run_file(path);
    struct dirent **entries;
    int n = scandir(path, &entries, NULL, alphasort), failed = 0;
    for (int i = 0; i < n; i++) {
        char child[PATH_BYTES];
        int length = snprintf(child, sizeof child, "%s/%s", path, entries[i]->d_name);
        if (entries[i]->d_name[0] != '.' && length > 0 && length < PATH_BYTES)
            failed |= run(child);
        free(entries[i]);
    }
    if (n >= 0)
        free(entries);
    return failed || n < 0;
}

int main(int argc, char **argv)
{
    int failed = 0;
    for (int i = 1; i < argc; i++)
        failed |= run(argv[i]);
    printf("%zu inputs\n", ran);
    return failed || ran == 0;
}
