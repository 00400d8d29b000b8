/* Digests against published test vectors. */
#include "base/digest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void check_sha256(struct text t, const char *want)
{
    char hex[2 * DIGEST_BYTES + 1];
    struct digest digest = digest_of(t);
    digest_hex(&digest, hex);
    assert_string_equal(hex, want);
}

static void sha256_gives_the_published_vectors(void **unused)
{
    (void)unused;
    check_sha256(TEXT(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    check_sha256(TEXT("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    check_sha256(TEXT("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
                 "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

static void xxhash64_gives_the_published_vectors(void **unused)
{
    (void)unused;
    assert_true(xxhash64("", 0) == 0xef46db3751d8e999ULL);
    assert_true(xxhash64("a", 1) == 0xd24ec4f1a98c6e5bULL);
    assert_true(xxhash64("abc", 3) == 0x44bc2cf5ad770999ULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256_gives_the_published_vectors),
        cmocka_unit_test(xxhash64_gives_the_published_vectors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
