/* SPDX-License-Identifier: Apache-2.0 */
/*
 * node.h - the inside of a compiled expression: a tree in one array.
 *
 * Children hang in a list by index. AND and OR have two or more: Java nests them to the left, which gives the
 * same truth in the same order, and a thousand of them would be a thousand calls deep.
 *
 * The functions that make a node check what the static functions of ComparisonExpression.java,
 * UnaryExpression.java and LogicExpression.java check, and say the same. A failure is kept in the tree:
 * from then on they do nothing and return MB_NO_NODE.
 *
 * Thread: one owner at a time.
 */
#ifndef MB_FILTER_NODE_H
#define MB_FILTER_NODE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/macros.h"
#include "base/map.h"
#include "mock-broker/filter/value.h"

enum mb_node_kind {
	MB_NODE_CONSTANT,
	MB_NODE_PROPERTY,
	MB_NODE_CAST, /* a property as a condition */
	MB_NODE_NEGATE,
	MB_NODE_NOT,
	MB_NODE_AND,
	MB_NODE_OR,
	MB_NODE_EQUAL, /* also IS NULL: with the constant null */
	MB_NODE_GREATER,
	MB_NODE_GREATER_EQUAL,
	MB_NODE_LESS,
	MB_NODE_LESS_EQUAL,
	MB_NODE_BETWEEN,  /* also NOT BETWEEN: what, from, to */
	MB_NODE_CONTAINS, /* and NOT CONTAINS ..., as the two below */
	MB_NODE_STARTSWITH,
	MB_NODE_ENDSWITH,
	MB_NODE_IN /* the property, then the constants */
};

#define MB_NO_NODE UINT32_MAX

/* Levels of nodes, and of parentheses and signs. */
enum { MB_NODE_DEPTH = 64 };

struct mb_node {
	enum mb_node_kind kind;
	bool is_not;           /* BETWEEN, CONTAINS, STARTSWITH, ENDSWITH, IN */
	uint8_t depth;         /* of what hangs below, 1 for none */
	struct mb_value value; /* CONSTANT; PROPERTY: its name; CONTAINS ...: what is looked for */
	uint32_t slot;         /* PROPERTY: of its value */
	uint32_t first, last, next;
};

/* The value of a property of the message that is looked at. */
struct mb_slot {
	struct rmqi_str value;
	bool is_there;
};

struct mb_tree {
	struct mb_node *nodes; /* owned, as all below */
	uint32_t count, cap;
	struct rmqi_map names; /* of properties -> slot + 1 */
	struct mb_slot *slots;
	size_t slot_count;
	enum rmq_error error;
	struct rmqi_buf *why; /* borrowed, NULL: nobody asks */
};

void mb_tree_init(struct mb_tree *t, struct rmqi_buf *why);
void mb_tree_deinit(struct mb_tree *t);
/* It failed: RMQ_ERR_INVALID_ARGUMENT with a text like printf's, unless it has before. */
void mb_tree_fail(struct mb_tree *t, const char *format, ...) RMQI_PRINTF(2, 3);

/* Texts are borrowed as long as the tree. */
uint32_t mb_node_constant(struct mb_tree *t, struct mb_value value);
uint32_t mb_node_property(struct mb_tree *t, struct rmqi_str name);
/* asBooleanExpression of the parser: itself, or a cast; a number or text fails. */
uint32_t mb_node_condition(struct mb_tree *t, uint32_t of);
uint32_t mb_node_negate(struct mb_tree *t, uint32_t of);
uint32_t mb_node_not(struct mb_tree *t, uint32_t of);
/* AND or OR of both as conditions. `is_chain`: `of` is such a node, made by the last call, and grows. */
uint32_t mb_node_join(struct mb_tree *t, enum mb_node_kind kind, uint32_t of, uint32_t with,
		      bool is_chain);
uint32_t mb_node_equal(struct mb_tree *t, uint32_t left, uint32_t right);
uint32_t mb_node_is_null(struct mb_tree *t, uint32_t of);
uint32_t mb_node_compare(struct mb_tree *t, enum mb_node_kind kind, uint32_t left, uint32_t right);
uint32_t mb_node_between(struct mb_tree *t, bool is_not, uint32_t of, uint32_t low, uint32_t high);
uint32_t mb_node_search(struct mb_tree *t, enum mb_node_kind kind, bool is_not, uint32_t of,
			struct rmqi_str text);
/* Without its constants, which mb_node_in_add appends. */
uint32_t mb_node_in(struct mb_tree *t, bool is_not, uint32_t of);
void mb_node_in_add(struct mb_tree *t, uint32_t in, struct rmqi_str text);

/* toString of the Java classes. */
void mb_node_describe(const struct mb_tree *t, uint32_t at, struct rmqi_buf *out);

#endif
