/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/mem.h"
#include "net/address.h"
#include "tests/net/world.h"

static struct rmqi_address a;

static void expect(const char *text, const char *host, int port)
{
	ck_assert_int_eq(rmqi_address_parse(rmqi_str(text), &a), RMQ_OK);
	ck_assert_str_eq(a.host, host);
	ck_assert_int_eq(a.port, port);
}

static void expect_refused(const char *text)
{
	a.port = 4711;
	ck_assert_msg(rmqi_address_parse(rmqi_str(text), &a) == RMQ_ERR_ADDRESS, "%s", text);
	ck_assert_int_eq(a.port, 4711);
}

START_TEST(address__reads_names_and_numbers)
{
	expect("127.0.0.1:9876", "127.0.0.1", 9876);
	expect(" broker-a.example.com:10911 ", "broker-a.example.com", 10911);
	expect("[::1]:65535", "::1", 65535);
	expect("[fe80::1%eth0]:1", "fe80::1%eth0", 1);
	expect("host:0", "host", 0);
}
END_TEST

START_TEST(address__takes_what_stands_behind_the_last_slash)
{
	expect("http://127.0.0.1:9876", "127.0.0.1", 9876);
	expect("http://a/b/127.0.0.1:9876", "127.0.0.1", 9876);
}
END_TEST

START_TEST(address__refuses_anything_else)
{
	static const char *const bad[] = {
		"",
		":",
		"host",
		"host:",
		":1",
		"host:65536",
		"host:-1",
		"host:+1",
		"host:1x",
		"host: 1",
		"a b:1",
		"::1:9876",
		"[]:1",
		"[::1:9876",
		"::1]:9876",
		"[::1]9876",
		"[::1]",
		"a;b:1",
		"a/b:1",
		"host:99999999999999999",
		"host:000001",
	};
	char name[300];

	for (size_t i = 0; i < RMQI_COUNT(bad); i++)
		expect_refused(bad[i]);
	memset(name, 'a', sizeof(name));
	memcpy(name + 256, ":1", 3);
	expect_refused(name);
	memcpy(name + 255, ":1", 3);
	ck_assert_int_eq(rmqi_address_parse(rmqi_str(name), &a), RMQ_OK);
}
END_TEST

START_TEST(address__writes_the_canonical_text)
{
	char buf[RMQI_ADDRESS_MAX];

	expect("[::1]:9876", "::1", 9876);
	ck_assert_str_eq(rmqi_address_text(&a, buf, sizeof(buf)), "[::1]:9876");
	expect("http://h:9876", "h", 9876);
	ck_assert_str_eq(rmqi_address_text(&a, buf, sizeof(buf)), "h:9876");
}
END_TEST

static void free_list(char **list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		rmqi_free(list[i]);
	rmqi_free(list);
}

START_TEST(address__reads_lists)
{
	char **list;
	size_t count;

	ck_assert_int_eq(rmqi_address_list(RMQI_STR(" a:1 ;; b:2;"), &list, &count, NULL), RMQ_OK);
	ck_assert_uint_eq(count, 2);
	ck_assert_str_eq(list[0], "a:1");
	ck_assert_str_eq(list[1], "b:2");
	free_list(list, count);
	ck_assert_int_eq(rmqi_address_list(RMQI_STR(" "), &list, &count, NULL), RMQ_OK);
	ck_assert_uint_eq(count, 0);
	free_list(list, count);
}
END_TEST

START_TEST(address__names_the_bad_element_of_a_list)
{
	struct rmqi_str bad;
	char **list = NULL;
	size_t count = 7;

	ck_assert_int_eq(rmqi_address_list(RMQI_STR("a:1; b ;c:3"), &list, &count, &bad),
			 RMQ_ERR_ADDRESS);
	ck_assert(rmqi_str_is(bad, "b"));
	ck_assert_int_eq(rmqi_address_list(RMQI_STR("a:0"), &list, &count, &bad), RMQ_ERR_ADDRESS);
	ck_assert_ptr_null(list);
	ck_assert_uint_eq(count, 7);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		address__reads_names_and_numbers,
		address__takes_what_stands_behind_the_last_slash,
		address__refuses_anything_else,
		address__writes_the_canonical_text,
		address__reads_lists,
		address__names_the_bad_element_of_a_list,
	};

	return world_suite("address", NULL, 0, tests, RMQI_COUNT(tests));
}
