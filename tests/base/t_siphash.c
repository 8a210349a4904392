/* SPDX-License-Identifier: Apache-2.0 */
#include "base/macros.h"
#include "base/siphash.h"
#include "tests/support/suite.h"

/* The key 00 01 .. 0f of the authors' vectors. */
static const struct rmqi_siphash_key known = {0x0706050403020100u, 0x0f0e0d0c0b0a0908u};

/* Of the texts 00 01 .. of these lengths (vectors_sip64 of the reference implementation). */
START_TEST(siphash__is_that_of_its_authors)
{
	static const struct {
		size_t len;
		uint64_t hash;
	} vectors[] = {
		{0, 0x726fdb47dd0e0e31u}, {1, 0x74f839c593dc67fdu}, {2, 0x0d6c8009d9a94f5au},
		{7, 0xab0200f58b01d137u}, {8, 0x93f5f5799a932462u}, {15, 0xa129ca6149be45e5u},
	};
	char text[16];

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)i;
	for (size_t i = 0; i < RMQI_COUNT(vectors); i++)
		ck_assert_uint_eq(rmqi_siphash(known, rmqi_str_n(text, vectors[i].len)),
				  vectors[i].hash);
}
END_TEST

START_TEST(siphash__depends_on_the_secret)
{
	struct rmqi_siphash_key a = rmqi_siphash_key_new(), b = rmqi_siphash_key_new();

	ck_assert(a.k0 != b.k0 || a.k1 != b.k1);
	ck_assert_uint_ne(rmqi_siphash(a, RMQI_STR("order-1")),
			  rmqi_siphash(b, RMQI_STR("order-1")));
	ck_assert_uint_eq(rmqi_siphash(a, RMQI_STR("order-1")),
			  rmqi_siphash(a, RMQI_STR("order-1")));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		siphash__is_that_of_its_authors,
		siphash__depends_on_the_secret,
	};

	return run_suite("siphash", tests, RMQI_COUNT(tests));
}
