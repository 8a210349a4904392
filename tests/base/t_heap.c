/* SPDX-License-Identifier: Apache-2.0 */
#include "base/heap.h"
#include "base/mem.h"
#include "base/rand.h"
#include "tests/support/suite.h"

enum { NODES = 100 };

static struct rmqi_heap heap;
static struct rmqi_heap_node nodes[NODES];

static void push(int i, int64_t key, uint64_t order)
{
	nodes[i] = (struct rmqi_heap_node){.key = key, .order = order};
	ck_assert_int_eq(rmqi_heap_push(&heap, &nodes[i]), RMQ_OK);
}

START_TEST(heap__empty_has_no_minimum)
{
	rmqi_heap_init(&heap);
	ck_assert_ptr_null(rmqi_heap_min(&heap));
	rmqi_heap_remove(&heap, &nodes[0]);
	rmqi_heap_deinit(&heap);
}
END_TEST

START_TEST(heap__order_breaks_ties)
{
	rmqi_heap_init(&heap);
	push(0, 5, 2);
	push(1, 5, 1);
	push(2, 6, 0);
	ck_assert_ptr_eq(rmqi_heap_min(&heap), &nodes[1]);
	rmqi_heap_remove(&heap, &nodes[1]);
	ck_assert_ptr_eq(rmqi_heap_min(&heap), &nodes[0]);
	rmqi_heap_remove(&heap, &nodes[0]);
	ck_assert_ptr_eq(rmqi_heap_min(&heap), &nodes[2]);
	rmqi_heap_deinit(&heap);
}
END_TEST

START_TEST(heap__node_leaves_only_once)
{
	rmqi_heap_init(&heap);
	push(0, 1, 0);
	push(1, 2, 0);
	rmqi_heap_remove(&heap, &nodes[0]);
	rmqi_heap_remove(&heap, &nodes[0]);
	ck_assert_uint_eq(heap.count, 1);
	ck_assert_uint_eq(nodes[0].at, 0);
	rmqi_heap_deinit(&heap);
}
END_TEST

START_TEST(heap__tells_when_memory_is_out)
{
	rmqi_heap_init(&heap);
	nodes[0] = (struct rmqi_heap_node){0};
	rmqi_mem_fail_after(1, 0);
	ck_assert_int_eq(rmqi_heap_push(&heap, &nodes[0]), RMQ_ERR_NO_MEMORY);
	rmqi_mem_fail_after(0, 0);
	ck_assert_uint_eq(nodes[0].at, 0);
	ck_assert_uint_eq(heap.count, 0);
	push(0, 1, 1);
	rmqi_heap_deinit(&heap);
}
END_TEST

START_TEST(heap__reserved_room_makes_pushes_infallible)
{
	rmqi_heap_init(&heap);
	ck_assert_int_eq(rmqi_heap_reserve(&heap, NODES), RMQ_OK);
	rmqi_mem_fail_after(1, 1);
	for (int i = 0; i < NODES; i++)
		push(i, i, 0);
	rmqi_mem_fail_after(0, 0);
	rmqi_heap_deinit(&heap);
}
END_TEST

START_TEST(heap__refuses_an_absurd_reservation)
{
	rmqi_heap_init(&heap);
	ck_assert_int_eq(rmqi_heap_reserve(&heap, SIZE_MAX / 2), RMQ_ERR_NO_MEMORY);
	rmqi_heap_deinit(&heap);
}
END_TEST

/* By looking at each node. */
static struct rmqi_heap_node *naive_min(void)
{
	struct rmqi_heap_node *min = NULL;

	for (int i = 0; i < NODES; i++) {
		struct rmqi_heap_node *n = &nodes[i];

		if (!n->at)
			continue;
		if (!min || n->key < min->key || (n->key == min->key && n->order < min->order))
			min = n;
	}
	return min;
}

static void change(struct rmqi_rand *r, struct rmqi_heap_node *n, uint64_t order)
{
	int64_t key = (int64_t)rmqi_rand_below(r, 50) - 25;

	if (n->at && rmqi_rand_below(r, 2)) {
		rmqi_heap_remove(&heap, n);
		return;
	}
	n->key = key;
	n->order = order;
	if (n->at)
		rmqi_heap_update(&heap, n);
	else
		ck_assert_int_eq(rmqi_heap_push(&heap, n), RMQ_OK);
}

START_TEST(heap__minimum_is_that_of_a_plain_search)
{
	struct rmqi_rand r;

	rmqi_rand_init(&r, 3);
	rmqi_heap_init(&heap);
	for (uint64_t i = 0; i < 50000; i++) {
		change(&r, &nodes[rmqi_rand_below(&r, NODES)], i);
		ck_assert_ptr_eq(rmqi_heap_min(&heap), naive_min());
	}
	while (heap.count > 0) {
		ck_assert_ptr_eq(rmqi_heap_min(&heap), naive_min());
		rmqi_heap_remove(&heap, rmqi_heap_min(&heap));
	}
	ck_assert_ptr_null(naive_min());
	rmqi_heap_deinit(&heap);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		heap__empty_has_no_minimum,
		heap__order_breaks_ties,
		heap__node_leaves_only_once,
		heap__tells_when_memory_is_out,
		heap__reserved_room_makes_pushes_infallible,
		heap__refuses_an_absurd_reservation,
		heap__minimum_is_that_of_a_plain_search,
	};

	return run_suite("heap", tests, RMQI_COUNT(tests));
}
