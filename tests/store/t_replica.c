/* SPDX-License-Identifier: Apache-2.0 */
/* t_replica.c - a store that takes the log of another one in stretches. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/rand.h"
#include "mock-broker/store/replica.h"
#include "tests/store/kit.h"

enum { MESSAGES = 60 };

static struct kit master, slave;
static struct rmqi_rand dice;

static void begin(uint64_t seed)
{
	kit_init(&master, seed);
	kit_open(&master);
	kit_init(&slave, seed + 1);
	kit_open(&slave);
	mb_replica_init(slave.store);
	rmqi_rand_init(&dice, seed);
}

static void finish(void)
{
	kit_close(&slave);
	kit_deinit(&slave);
	kit_close(&master);
	kit_deinit(&master);
}

static void put_many(int from)
{
	kit_put_many(&master, "T", 0, from, MESSAGES);
	kit_put_many(&master, "U", 3, from, MESSAGES);
}

/* One stretch of at most `most` bytes. RMQ_AGAIN: there is nothing left. */
static enum rmq_error take_stretch(size_t most)
{
	struct rmqi_cursor bytes;
	uint8_t *at;
	size_t len;
	enum rmq_error err;

	if (!mb_store_bytes(master.store, mb_replica_end(slave.store), &bytes))
		return RMQ_AGAIN;
	len = bytes.len < most ? bytes.len : most;
	err = mb_replica_expect(slave.store, mb_replica_end(slave.store), len);
	if (err == RMQ_OK)
		err = mb_replica_room(slave.store, &at, &len);
	if (err != RMQ_OK)
		return err;
	memcpy(at, bytes.ptr, len);
	return mb_replica_took(slave.store, len);
}

static void take_all(void)
{
	enum rmq_error err;

	do
		err = take_stretch(1 + (size_t)rmqi_rand_below(&dice, 700));
	while (err == RMQ_OK);
	ck_assert_int_eq(err, RMQ_AGAIN);
}

static void expect_equal(int messages)
{
	ck_assert_int_eq(mb_replica_end(slave.store), mb_store_max_physical_offset(master.store));
	ck_assert_uint_eq(kit_check(&slave), kit_check(&master));
	kit_expect_many(&slave, "T", 0, 0, messages);
	kit_expect_many(&slave, "U", 3, 0, messages);
}

static int64_t heard; /* of a listener: where the last record begins */

static void hear(struct mb_arrival_listener *l, const struct mb_arrival *a)
{
	(void)l;
	ck_assert_int_gt(a->physical_offset, heard);
	heard = a->physical_offset;
}

START_TEST(replica__stretches_of_any_size_make_the_same_store)
{
	struct mb_arrival_listener l = {.arrived = hear};

	begin((uint64_t)_i);
	heard = -1;
	mb_store_listen(slave.store, &l);
	put_many(0);

	take_all();

	expect_equal(MESSAGES);
	ck_assert_int_eq(l.upto, mb_replica_end(slave.store));
	finish();
}
END_TEST

START_TEST(replica__takes_no_put)
{
	begin(1);
	ck_assert_int_eq(kit_try_put(&slave, "T", 0, "x").status, MB_PUT_SERVICE_NOT_AVAILABLE);
	finish();
}
END_TEST

/* After each death the log ends with a whole record, and all goes on there. */
START_TEST(replica__dies_anywhere_and_goes_on)
{
	begin((uint64_t)_i);
	put_many(0);
	for (int i = 0; i < 40; i++) {
		for (uint64_t n = rmqi_rand_below(&dice, 6); n > 0; n--)
			(void)take_stretch(1 + (size_t)rmqi_rand_below(&dice, 700));
		kit_crash(&slave);
		kit_open(&slave);
		kit_check(&slave);
		mb_replica_init(slave.store);
	}
	take_all();
	expect_equal(MESSAGES);
	finish();
}
END_TEST

START_TEST(replica__log_that_begins_later)
{
	struct rmqi_cursor bytes;
	int64_t second = 4096; /* the size of a file */
	uint8_t *at;
	size_t len;

	begin(1);
	put_many(0);
	ck_assert(mb_store_bytes(master.store, second, &bytes));
	ck_assert_int_eq(mb_replica_expect(slave.store, second + 1, 10), RMQ_ERR_STATE);
	ck_assert_int_eq(mb_replica_expect(slave.store, second, bytes.len + 1), RMQ_ERR_TOO_LARGE);
	ck_assert_int_eq(mb_replica_expect(slave.store, second, bytes.len), RMQ_OK);
	len = bytes.len;
	ck_assert_int_eq(mb_replica_room(slave.store, &at, &len), RMQ_OK);
	memcpy(at, bytes.ptr, len);
	ck_assert_int_eq(mb_replica_took(slave.store, len), RMQ_OK);
	take_all();

	ck_assert_int_eq(mb_store_max_offset(slave.store, rmqi_str("T"), 0), MESSAGES);
	ck_assert_int_gt(mb_store_min_offset(slave.store, rmqi_str("U"), 3) +
				 mb_store_min_offset(slave.store, rmqi_str("T"), 0),
			 0);
	kit_crash(&slave);
	kit_open(&slave);
	ck_assert_int_eq(mb_store_min_physical_offset(slave.store), second);
	ck_assert_int_eq(mb_store_max_offset(slave.store, rmqi_str("T"), 0), MESSAGES);
	finish();
}
END_TEST

START_TEST(replica__other_bytes_part_the_logs)
{
	uint8_t *at;
	size_t len = 500;
	int64_t end;

	begin(1);
	put_many(0);
	ck_assert_int_eq(take_stretch(2000), RMQ_OK);
	kit_crash(&slave); /* a record was not whole */
	kit_open(&slave);
	mb_replica_init(slave.store);
	end = mb_replica_end(slave.store);

	ck_assert_int_eq(mb_replica_expect(slave.store, end, len), RMQ_OK);
	ck_assert_int_eq(mb_replica_room(slave.store, &at, &len), RMQ_OK);
	memset(at, 1, len);
	ck_assert_int_eq(mb_replica_took(slave.store, len), RMQ_ERR_CORRUPT);

	ck_assert_int_eq(mb_replica_end(slave.store), end);
	ck_assert_int_eq(mb_replica_expect(slave.store, end, 1), RMQ_ERR_CORRUPT);
	/* The next start finds what was good. */
	kit_crash(&slave);
	kit_open(&slave);
	mb_replica_init(slave.store);
	ck_assert_int_eq(mb_replica_end(slave.store), end);
	take_all();
	expect_equal(MESSAGES);
	finish();
}
END_TEST

/* Whatever cannot be had, for a while: in the log, or in a queue. */
START_TEST(replica__full_disk_holds_it_up)
{
	const enum fault_op ops[] = {FAULT_RESERVE, FAULT_MAP};
	int refused = 0;

	begin((uint64_t)_i);
	put_many(0);
	fault_fs_fail(&slave.fault, ops[_i % 2], 1 + (unsigned)_i / 2, 3, ENOSPC);
	for (int i = 0; i < 400; i++) {
		enum rmq_error err = take_stretch(300);

		if (err == RMQ_OK || err == RMQ_AGAIN)
			continue;
		ck_assert_int_eq(err, RMQ_ERR_IO);
		refused++;
		(void)!mb_replica_catch_up(slave.store);
	}
	ck_assert_int_eq(mb_replica_catch_up(slave.store), RMQ_OK);
	take_all();
	ck_assert_int_gt(refused + _i, 0);
	expect_equal(MESSAGES);
	finish();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		replica__takes_no_put,
		replica__log_that_begins_later,
		replica__other_bytes_part_the_logs,
	};
	struct suite s;

	suite_open(&s, "replica");
	suite_add(&s, tests, RMQI_COUNT(tests));
	suite_add_loop(&s, replica__stretches_of_any_size_make_the_same_store, 10);
	suite_add_loop(&s, replica__dies_anywhere_and_goes_on, 10);
	suite_add_loop(&s, replica__full_disk_holds_it_up, 12);
	return suite_run(&s);
}
