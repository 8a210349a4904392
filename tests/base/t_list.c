/* SPDX-License-Identifier: Apache-2.0 */
#include "base/list.h"
#include "tests/support/suite.h"

struct item {
	int number;
	struct rmqi_list link;
};

static struct rmqi_list head;
static struct item items[4];

static void open_list(void)
{
	rmqi_list_init(&head);
	for (int i = 0; i < 4; i++) {
		items[i].number = i;
		rmqi_list_init(&items[i].link);
	}
}

static int number_of(struct rmqi_list *node)
{
	return RMQI_LIST_ITEM(node, struct item, link)->number;
}

START_TEST(list__pops_in_order_of_pushes)
{
	open_list();
	for (int i = 0; i < 3; i++)
		rmqi_list_push(&head, &items[i].link);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(number_of(rmqi_list_pop(&head)), i);
	ck_assert_ptr_null(rmqi_list_pop(&head));
}
END_TEST

START_TEST(list__removing_twice_is_harmless)
{
	open_list();
	rmqi_list_push(&head, &items[0].link);
	rmqi_list_remove(&items[0].link);
	rmqi_list_remove(&items[0].link);
	ck_assert(rmqi_list_is_empty(&head));
}
END_TEST

START_TEST(list__walk_may_remove_the_current_node)
{
	int sum = 0;

	open_list();
	for (int i = 0; i < 4; i++)
		rmqi_list_push(&head, &items[i].link);
	RMQI_LIST_EACH(node, &head) {
		sum += number_of(node);
		rmqi_list_remove(node);
	}
	ck_assert_int_eq(sum, 6);
	ck_assert(rmqi_list_is_empty(&head));
}
END_TEST

START_TEST(list__moves_all_to_the_end)
{
	struct rmqi_list other;

	open_list();
	rmqi_list_init(&other);
	rmqi_list_push(&head, &items[0].link);
	rmqi_list_push(&other, &items[1].link);
	rmqi_list_push(&other, &items[2].link);
	rmqi_list_move_all(&other, &head);
	rmqi_list_move_all(&other, &head);
	ck_assert(rmqi_list_is_empty(&other));
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(number_of(rmqi_list_pop(&head)), i);
	ck_assert(rmqi_list_is_empty(&head));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		list__pops_in_order_of_pushes,
		list__removing_twice_is_harmless,
		list__walk_may_remove_the_current_node,
		list__moves_all_to_the_end,
	};

	return run_suite("list", tests, RMQI_COUNT(tests));
}
