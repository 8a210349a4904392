/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/filter/expression.h"

#include <string.h>

#include "base/mem.h"
#include "codec/properties.h"
#include "mock-broker/filter/node.h"
#include "mock-broker/filter/parser.h"

struct mb_expression {
	unsigned refs;
	struct mb_tree tree;
	uint32_t root;
	char texts[]; /* the expression, then the texts in it without their quotes */
};

/* --- Compiling --------------------------------------------------------------------------------------- */

static enum rmq_error compile(struct mb_expression *e, struct rmqi_str text)
{
	struct mb_tree *t = &e->tree;
	struct rmqi_str own = rmqi_str_n(e->texts, text.len);

	rmqi_memcpy(e->texts, text.ptr, text.len);
	if (text.len > MB_EXPRESSION_MAX)
		mb_tree_fail(t, "the expression is longer than %d bytes", MB_EXPRESSION_MAX);
	else
		e->root = mb_parse(t, own, e->texts + text.len);
	if (t->error != RMQ_OK)
		return t->error;
	t->slots = rmqi_calloc(t->slot_count + 1, sizeof(*t->slots));
	return t->slots ? RMQ_OK : RMQ_ERR_NO_MEMORY;
}

enum rmq_error mb_expression_new(struct rmqi_str text, struct mb_expression **out,
				 struct rmqi_buf *why)
{
	struct mb_expression *e = rmqi_alloc(sizeof(*e) + 2 * text.len);
	enum rmq_error err;

	if (!e)
		return RMQ_ERR_NO_MEMORY;
	e->refs = 1;
	mb_tree_init(&e->tree, why);
	err = compile(e, text);
	e->tree.why = NULL;
	if (err == RMQ_OK)
		*out = e;
	else
		mb_expression_unref(e);
	return err;
}

struct mb_expression *mb_expression_ref(struct mb_expression *e)
{
	e->refs++;
	return e;
}

void mb_expression_unref(struct mb_expression *e)
{
	if (!e || --e->refs > 0)
		return;
	mb_tree_deinit(&e->tree);
	rmqi_free(e);
}

/* --- Evaluating ---------------------------------------------------------------------------------------- */

/* The truth of a condition; FAILED: Java throws, and the message does not match. */
enum truth { NO, YES, UNKNOWN, FAILED };

static enum truth truth_of(bool holds)
{
	return holds ? YES : NO;
}

static const struct mb_node *node_at(const struct mb_tree *t, uint32_t at)
{
	return at == MB_NO_NODE ? NULL : &t->nodes[at];
}

static const struct mb_node *first_of(const struct mb_tree *t, const struct mb_node *n)
{
	return node_at(t, n->first);
}

static enum truth decide(const struct mb_tree *t, const struct mb_node *n);

/* UnaryExpression.negate; what is no number is unknown. */
static bool negate(const struct mb_tree *t, const struct mb_node *n, struct mb_value *out);

/* False: FAILED. */
static bool value_of(const struct mb_tree *t, const struct mb_node *n, struct mb_value *out)
{
	enum truth truth;

	*out = mb_value_null();
	if (n->kind == MB_NODE_CONSTANT) {
		*out = n->value;
		return true;
	}
	if (n->kind == MB_NODE_PROPERTY) {
		if (t->slots[n->slot].is_there)
			*out = (struct mb_value){.kind = MB_VALUE_STRING,
						 .text = t->slots[n->slot].value};
		return true;
	}
	if (n->kind == MB_NODE_NEGATE)
		return negate(t, first_of(t, n), out);
	truth = decide(t, n);
	if (truth == YES || truth == NO)
		*out = mb_value_boolean(truth == YES);
	return truth != FAILED;
}

static bool negate(const struct mb_tree *t, const struct mb_node *n, struct mb_value *out)
{
	struct mb_value v;

	if (!value_of(t, n, &v))
		return false;
	if (v.kind == MB_VALUE_DOUBLE)
		v.real = -v.real;
	else if (mb_value_is_number(&v))
		v.integer = -v.integer; /* a literal is never the smallest one */
	else
		v = mb_value_null();
	*out = v;
	return true;
}

static enum truth chain(const struct mb_tree *t, const struct mb_node *n, enum truth decisive)
{
	bool is_unknown = false;

	for (n = first_of(t, n); n; n = node_at(t, n->next)) {
		enum truth truth = decide(t, n);

		if (truth == FAILED || truth == decisive)
			return truth;
		is_unknown |= truth == UNKNOWN;
	}
	if (is_unknown)
		return UNKNOWN;
	return decisive == YES ? NO : YES;
}

/* ComparisonExpression.doCreateEqual: a known value is not the same as an unknown one; an unknown one is
 * not known to be the same as a known one. */
static enum truth equal(const struct mb_tree *t, const struct mb_node *left,
			const struct mb_node *right)
{
	struct mb_value l, r;
	enum mb_order order;

	if (!value_of(t, left, &l) || !value_of(t, right, &r))
		return FAILED;
	if (l.kind == MB_VALUE_NULL || r.kind == MB_VALUE_NULL) {
		if (l.kind == r.kind)
			return YES;
		return l.kind == MB_VALUE_NULL ? UNKNOWN : NO;
	}
	return mb_value_compare(l, r, &order) ? truth_of(order == MB_SAME) : FAILED;
}

static bool holds(enum mb_node_kind kind, enum mb_order order)
{
	switch (kind) {
	case MB_NODE_GREATER:
		return order == MB_MORE;
	case MB_NODE_GREATER_EQUAL:
		return order != MB_LESS;
	case MB_NODE_LESS:
		return order == MB_LESS;
	default:
		return order != MB_MORE;
	}
}

/* ComparisonExpression.evaluate */
static enum truth ordered(enum mb_node_kind kind, const struct mb_tree *t, const struct mb_value *l,
			  const struct mb_node *right)
{
	struct mb_value r;
	enum mb_order order;
	bool is_comparable;

	if (l->kind == MB_VALUE_NULL)
		return UNKNOWN;
	if (!value_of(t, right, &r))
		return FAILED;
	if (r.kind == MB_VALUE_NULL)
		return UNKNOWN;
	if (l->kind == MB_VALUE_STRING && r.kind == MB_VALUE_STRING)
		is_comparable = mb_value_compare_as_doubles(l->text, r.text, &order);
	else
		is_comparable = mb_value_compare(*l, r, &order);
	return is_comparable ? truth_of(holds(kind, order)) : FAILED;
}

static enum truth compare(const struct mb_tree *t, const struct mb_node *n)
{
	const struct mb_node *left = first_of(t, n);
	struct mb_value l;

	if (!value_of(t, left, &l))
		return FAILED;
	return ordered(n->kind, t, &l, node_at(t, left->next));
}

/* value >= low AND value <= high; NOT: value < low OR value > high. */
static enum truth between(const struct mb_tree *t, const struct mb_node *n)
{
	const struct mb_node *of = first_of(t, n), *low = node_at(t, of->next);
	enum truth decisive = n->is_not ? YES : NO, first, second;
	struct mb_value v;

	if (!value_of(t, of, &v))
		return FAILED;
	first = ordered(n->is_not ? MB_NODE_LESS : MB_NODE_GREATER_EQUAL, t, &v, low);
	if (first == FAILED || first == decisive)
		return first;
	second = ordered(n->is_not ? MB_NODE_GREATER : MB_NODE_LESS_EQUAL, t, &v,
			 node_at(t, low->next));
	if (second == FAILED || second == decisive)
		return second;
	return first == UNKNOWN ? first : second;
}

static bool has(struct rmqi_str text, struct rmqi_str part)
{
	return memmem(text.ptr, text.len, part.ptr, part.len) != NULL;
}

static enum truth search(const struct mb_tree *t, const struct mb_node *n)
{
	struct rmqi_str part = n->value.text, text;
	struct mb_value v;
	bool is_found;

	/* Java looks at the operand only after that. */
	if (part.len == 0)
		return NO;
	if (!value_of(t, first_of(t, n), &v))
		return FAILED;
	if (v.kind != MB_VALUE_STRING)
		return NO;
	text = v.text;
	if (n->kind == MB_NODE_CONTAINS) {
		is_found = has(text, part);
	} else {
		is_found = text.len >= part.len;
		if (is_found && n->kind == MB_NODE_ENDSWITH)
			text.ptr += text.len - part.len;
		text.len = part.len;
		is_found = is_found && rmqi_str_eq(text, part);
	}
	return truth_of(is_found != n->is_not);
}

static enum truth in(const struct mb_tree *t, const struct mb_node *n)
{
	const struct mb_node *property = first_of(t, n);
	const struct mb_slot *slot = &t->slots[property->slot];

	if (!slot->is_there)
		return UNKNOWN;
	for (const struct mb_node *one = node_at(t, property->next); one;
	     one = node_at(t, one->next))
		if (rmqi_str_eq(slot->value, one->value.text))
			return truth_of(!n->is_not);
	return truth_of(n->is_not);
}

static enum truth invert(enum truth truth)
{
	if (truth == YES || truth == NO)
		return truth == YES ? NO : YES;
	return truth;
}

static enum truth decide(const struct mb_tree *t, const struct mb_node *n)
{
	switch (n->kind) {
	case MB_NODE_CONSTANT:
		if (n->value.kind == MB_VALUE_NULL)
			return UNKNOWN;
		return truth_of(n->value.boolean);
	case MB_NODE_CAST:
		/* A property is a string, never a Boolean. */
		return t->slots[first_of(t, n)->slot].is_there ? NO : UNKNOWN;
	case MB_NODE_NOT:
		return invert(decide(t, first_of(t, n)));
	case MB_NODE_AND:
		return chain(t, n, NO);
	case MB_NODE_OR:
		return chain(t, n, YES);
	case MB_NODE_EQUAL:
		return equal(t, first_of(t, n), node_at(t, first_of(t, n)->next));
	case MB_NODE_BETWEEN:
		return between(t, n);
	case MB_NODE_CONTAINS:
	case MB_NODE_STARTSWITH:
	case MB_NODE_ENDSWITH:
		return search(t, n);
	case MB_NODE_IN:
		return in(t, n);
	case MB_NODE_GREATER:
	case MB_NODE_GREATER_EQUAL:
	case MB_NODE_LESS:
	case MB_NODE_LESS_EQUAL:
		return compare(t, n);
	case MB_NODE_PROPERTY:
	case MB_NODE_NEGATE:
		break;
	}
	return FAILED;
}

/* A Java map keeps the last of a name. */
static void fill_slots(struct mb_tree *t, struct rmqi_str properties)
{
	struct rmqi_str name, value;

	for (size_t i = 0; i < t->slot_count; i++)
		t->slots[i].is_there = false;
	while (rmqi_properties_next(&properties, &name, &value)) {
		uintptr_t slot = (uintptr_t)rmqi_map_get(&t->names, name);

		if (slot > 0)
			t->slots[slot - 1] = (struct mb_slot){value, true};
	}
}

bool mb_expression_matches(struct mb_expression *e, struct rmqi_str properties)
{
	fill_slots(&e->tree, properties);
	return decide(&e->tree, &e->tree.nodes[e->root]) == YES;
}
