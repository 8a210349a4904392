/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/filter/node.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/mem.h"

enum { FIRST_NODES = 16, SAID_MAX = 4096 };

/* --- The tree --------------------------------------------------------------------------------------- */

void mb_tree_init(struct mb_tree *t, struct rmqi_buf *why)
{
	*t = (struct mb_tree){.why = why};
	rmqi_map_init(&t->names);
}

void mb_tree_deinit(struct mb_tree *t)
{
	rmqi_map_deinit(&t->names, NULL);
	rmqi_free(t->slots);
	rmqi_free(t->nodes);
}

void mb_tree_fail(struct mb_tree *t, const char *format, ...)
{
	char text[SAID_MAX];
	va_list args;

	if (t->error != RMQ_OK)
		return;
	t->error = RMQ_ERR_INVALID_ARGUMENT;
	if (!t->why)
		return;
	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	rmqi_buf_add_text(t->why, text);
}

/* What Java throws names what it does not like. */
static void fail_of(struct mb_tree *t, const char *before, uint32_t at, const char *after)
{
	struct rmqi_buf said;

	rmqi_buf_init(&said, SAID_MAX);
	mb_node_describe(t, at, &said);
	mb_tree_fail(t, "%s%s%s", before, rmqi_buf_text(&said), after);
	rmqi_buf_deinit(&said);
}

static struct mb_node *grow(struct mb_tree *t)
{
	uint32_t cap = t->cap > 0 ? 2 * t->cap : FIRST_NODES;
	struct mb_node *nodes;

	if (t->error != RMQ_OK)
		return NULL;
	if (t->count == t->cap) {
		nodes = rmqi_realloc(t->nodes, cap * sizeof(*nodes));
		if (!nodes) {
			t->error = RMQ_ERR_NO_MEMORY;
			return NULL;
		}
		t->nodes = nodes;
		t->cap = cap;
	}
	return &t->nodes[t->count++];
}

static uint32_t add(struct mb_tree *t, enum mb_node_kind kind)
{
	struct mb_node *n = grow(t);

	if (!n)
		return MB_NO_NODE;
	*n = (struct mb_node){.kind = kind,
			      .depth = 1,
			      .first = MB_NO_NODE,
			      .last = MB_NO_NODE,
			      .next = MB_NO_NODE};
	return t->count - 1;
}

static void hang(struct mb_tree *t, uint32_t under, uint32_t child)
{
	struct mb_node *n = &t->nodes[under];

	if (n->first == MB_NO_NODE)
		n->first = child;
	else
		t->nodes[n->last].next = child;
	n->last = child;
	if (t->nodes[child].depth >= n->depth)
		n->depth = (uint8_t)(t->nodes[child].depth + 1);
	if (n->depth > MB_NODE_DEPTH)
		mb_tree_fail(t, "the expression is nested deeper than %d levels", MB_NODE_DEPTH);
}

static uint32_t add_over(struct mb_tree *t, enum mb_node_kind kind, uint32_t child)
{
	uint32_t at = add(t, kind);

	if (at != MB_NO_NODE)
		hang(t, at, child);
	return at;
}

static uint32_t add_over_two(struct mb_tree *t, enum mb_node_kind kind, uint32_t left,
			     uint32_t right)
{
	uint32_t at = add_over(t, kind, left);

	if (at != MB_NO_NODE)
		hang(t, at, right);
	return at;
}

/* --- What a node is ---------------------------------------------------------------------------------- */

static bool is_constant(const struct mb_tree *t, uint32_t at)
{
	return t->nodes[at].kind == MB_NODE_CONSTANT;
}

/* Is it a BooleanExpression of Java? TRUE, FALSE and NULL are. */
static bool is_condition(const struct mb_tree *t, uint32_t at)
{
	const struct mb_node *n = &t->nodes[at];

	if (n->kind == MB_NODE_CONSTANT)
		return n->value.kind == MB_VALUE_BOOLEAN || n->value.kind == MB_VALUE_NULL;
	return n->kind != MB_NODE_PROPERTY && n->kind != MB_NODE_NEGATE;
}

static bool is_null(const struct mb_tree *t, uint32_t at)
{
	return is_constant(t, at) && t->nodes[at].value.kind == MB_VALUE_NULL;
}

/* --- Making them ------------------------------------------------------------------------------------- */

uint32_t mb_node_constant(struct mb_tree *t, struct mb_value value)
{
	uint32_t at = add(t, MB_NODE_CONSTANT);

	if (at != MB_NO_NODE)
		t->nodes[at].value = value;
	return at;
}

/* Slots are made when all names are known; the map's value is the number, from 1 on. */
uint32_t mb_node_property(struct mb_tree *t, struct rmqi_str name)
{
	uint32_t at = add(t, MB_NODE_PROPERTY);
	uintptr_t slot;

	if (at == MB_NO_NODE)
		return at;
	slot = (uintptr_t)rmqi_map_get(&t->names, name);
	if (slot == 0) {
		slot = ++t->slot_count;
		if (rmqi_map_set(&t->names, name, (void *)slot, NULL) != RMQ_OK)
			t->error = RMQ_ERR_NO_MEMORY;
	}
	t->nodes[at].value = (struct mb_value){.kind = MB_VALUE_STRING, .text = name};
	t->nodes[at].slot = (uint32_t)slot - 1;
	return at;
}

uint32_t mb_node_condition(struct mb_tree *t, uint32_t of)
{
	if (t->error != RMQ_OK)
		return MB_NO_NODE;
	if (is_condition(t, of))
		return of;
	if (t->nodes[of].kind == MB_NODE_PROPERTY)
		return add_over(t, MB_NODE_CAST, of);
	fail_of(t,
		"org.apache.rocketmq.filter.parser.ParseException: Expression will not result in "
		"a boolean value: ",
		of, "");
	return MB_NO_NODE;
}

uint32_t mb_node_negate(struct mb_tree *t, uint32_t of)
{
	return t->error == RMQ_OK ? add_over(t, MB_NODE_NEGATE, of) : MB_NO_NODE;
}

uint32_t mb_node_not(struct mb_tree *t, uint32_t of)
{
	uint32_t condition = mb_node_condition(t, of);

	return t->error == RMQ_OK ? add_over(t, MB_NODE_NOT, condition) : MB_NO_NODE;
}

uint32_t mb_node_join(struct mb_tree *t, enum mb_node_kind kind, uint32_t of, uint32_t with,
		      bool is_chain)
{
	uint32_t left = mb_node_condition(t, of), right = mb_node_condition(t, with);

	if (t->error != RMQ_OK)
		return MB_NO_NODE;
	if (!is_chain)
		return add_over_two(t, kind, left, right);
	hang(t, left, right);
	return left;
}

/* checkEqualOperand */
static void check_equal_operand(struct mb_tree *t, uint32_t at)
{
	if (is_null(t, at))
		mb_tree_fail(t, "java.lang.RuntimeException: 'NULL' cannot be compared.");
}

/* checkLessThanOperand */
static void check_order_operand(struct mb_tree *t, uint32_t at)
{
	bool is_wrong = is_condition(t, at);

	if (is_constant(t, at))
		is_wrong = !mb_value_is_number(&t->nodes[at].value);
	if (is_wrong)
		fail_of(t, "java.lang.RuntimeException: Value '", at, "' cannot be compared.");
}

/* checkEqualOperandCompatability */
static void check_equal_pair(struct mb_tree *t, uint32_t left, uint32_t right)
{
	struct rmqi_buf said;

	if (!is_constant(t, left) || !is_constant(t, right) || !is_condition(t, left) ||
	    is_condition(t, right))
		return;
	rmqi_buf_init(&said, SAID_MAX);
	mb_node_describe(t, right, &said);
	rmqi_buf_add_text(&said, "'");
	fail_of(t, "java.lang.RuntimeException: '", left, "' cannot be compared with '");
	if (t->why)
		rmqi_buf_add_text(t->why, rmqi_buf_text(&said));
	rmqi_buf_deinit(&said);
}

uint32_t mb_node_equal(struct mb_tree *t, uint32_t left, uint32_t right)
{
	if (t->error != RMQ_OK)
		return MB_NO_NODE;
	check_equal_operand(t, left);
	check_equal_operand(t, right);
	if (t->error == RMQ_OK)
		check_equal_pair(t, left, right);
	return t->error == RMQ_OK ? add_over_two(t, MB_NODE_EQUAL, left, right) : MB_NO_NODE;
}

uint32_t mb_node_is_null(struct mb_tree *t, uint32_t of)
{
	uint32_t null = mb_node_constant(t, mb_value_null());

	return t->error == RMQ_OK ? add_over_two(t, MB_NODE_EQUAL, of, null) : MB_NO_NODE;
}

uint32_t mb_node_compare(struct mb_tree *t, enum mb_node_kind kind, uint32_t left, uint32_t right)
{
	if (t->error != RMQ_OK)
		return MB_NO_NODE;
	check_order_operand(t, left);
	check_order_operand(t, right);
	return t->error == RMQ_OK ? add_over_two(t, kind, left, right) : MB_NO_NODE;
}

/* Two constants must be in order. */
static void check_range(struct mb_tree *t, uint32_t low, uint32_t high)
{
	enum mb_order order;
	struct rmqi_buf said;

	if (!is_constant(t, low) || !is_constant(t, high))
		return;
	if (is_null(t, low) || is_null(t, high)) {
		mb_tree_fail(t, "java.lang.RuntimeException: Illegal values of between, values can "
				"not be null!");
		return;
	}
	if (!mb_value_compare(t->nodes[high].value, t->nodes[low].value, &order)) {
		mb_tree_fail(t, "java.lang.RuntimeException: Illegal values of between, they "
				"cannot be compared");
		return;
	}
	if (order >= MB_SAME)
		return;
	rmqi_buf_init(&said, SAID_MAX);
	rmqi_buf_add_text(&said, "left value(");
	mb_value_add(&said, &t->nodes[low].value);
	rmqi_buf_add_text(&said, ") must less than or equal to right value(");
	mb_value_add(&said, &t->nodes[high].value);
	mb_tree_fail(t, "java.lang.RuntimeException: Illegal values of between, %s)",
		     rmqi_buf_text(&said));
	rmqi_buf_deinit(&said);
}

/* Java makes two comparisons, which hold the first operand twice: nested, that doubles with each level. */
uint32_t mb_node_between(struct mb_tree *t, bool is_not, uint32_t of, uint32_t low, uint32_t high)
{
	uint32_t at;

	if (t->error != RMQ_OK)
		return MB_NO_NODE;
	if (!is_not)
		check_range(t, low, high);
	check_order_operand(t, of);
	check_order_operand(t, low);
	check_order_operand(t, high);
	at = t->error == RMQ_OK ? add_over_two(t, MB_NODE_BETWEEN, of, low) : MB_NO_NODE;
	if (at == MB_NO_NODE)
		return at;
	hang(t, at, high);
	t->nodes[at].is_not = is_not;
	return at;
}

uint32_t mb_node_search(struct mb_tree *t, enum mb_node_kind kind, bool is_not, uint32_t of,
			struct rmqi_str text)
{
	uint32_t at = t->error == RMQ_OK ? add_over(t, kind, of) : MB_NO_NODE;

	if (at == MB_NO_NODE)
		return at;
	t->nodes[at].is_not = is_not;
	t->nodes[at].value = (struct mb_value){.kind = MB_VALUE_STRING, .text = text};
	return at;
}

uint32_t mb_node_in(struct mb_tree *t, bool is_not, uint32_t of)
{
	uint32_t at;

	if (t->error != RMQ_OK)
		return MB_NO_NODE;
	if (t->nodes[of].kind != MB_NODE_PROPERTY)
		fail_of(t,
			"java.lang.RuntimeException: Expected a property for In expression, got: ",
			of, "");
	at = t->error == RMQ_OK ? add_over(t, MB_NODE_IN, of) : MB_NO_NODE;
	if (at != MB_NO_NODE)
		t->nodes[at].is_not = is_not;
	return at;
}

void mb_node_in_add(struct mb_tree *t, uint32_t in, struct rmqi_str text)
{
	struct mb_value value = {.kind = MB_VALUE_STRING, .text = text};
	uint32_t at = mb_node_constant(t, value);

	if (at != MB_NO_NODE)
		hang(t, in, at);
}

/* --- In words ------------------------------------------------------------------------------------------ */

/* ConstantExpression.toString */
static void describe_constant(const struct mb_value *v, struct rmqi_buf *out)
{
	if (v->kind == MB_VALUE_NULL || v->kind == MB_VALUE_BOOLEAN) {
		rmqi_buf_add_text(out, v->kind == MB_VALUE_NULL ? "NULL"
				       : v->boolean             ? "TRUE"
								: "FALSE");
	} else if (v->kind != MB_VALUE_STRING) {
		mb_value_add(out, v);
	} else {
		rmqi_buf_add_text(out, "'");
		for (size_t i = 0; i < v->text.len; i++)
			rmqi_buf_addf(out, v->text.ptr[i] == '\'' ? "'%c" : "%c", v->text.ptr[i]);
		rmqi_buf_add_text(out, "'");
	}
}

static const char *symbol_of(const struct mb_node *n)
{
	switch (n->kind) {
	case MB_NODE_NEGATE:
		return "-";
	case MB_NODE_NOT:
		return "NOT";
	case MB_NODE_AND:
		return "&&";
	case MB_NODE_OR:
		return "||";
	case MB_NODE_EQUAL:
		return "==";
	case MB_NODE_GREATER:
		return ">";
	case MB_NODE_GREATER_EQUAL:
		return ">=";
	case MB_NODE_LESS:
		return "<";
	case MB_NODE_LESS_EQUAL:
		return "<=";
	case MB_NODE_CONTAINS:
		return n->is_not ? "NOT CONTAINS" : "CONTAINS";
	case MB_NODE_STARTSWITH:
		return n->is_not ? "NOT STARTSWITH" : "STARTSWITH";
	case MB_NODE_ENDSWITH:
		return n->is_not ? "NOT ENDSWITH" : "ENDSWITH";
	case MB_NODE_IN:
		return n->is_not ? "NOT IN" : "IN";
	case MB_NODE_BETWEEN:
	case MB_NODE_CONSTANT:
	case MB_NODE_PROPERTY:
	case MB_NODE_CAST:
		break;
	}
	return "";
}

static void describe_in(const struct mb_tree *t, const struct mb_node *n, struct rmqi_buf *out)
{
	const struct mb_node *property = &t->nodes[n->first];
	const char *before = " ";

	rmqi_buf_addf(out, "%.*s %s (", RMQI_STR_ARG(property->value.text), symbol_of(n));
	for (uint32_t at = property->next; at != MB_NO_NODE; at = t->nodes[at].next) {
		rmqi_buf_addf(out, "%s%.*s", before, RMQI_STR_ARG(t->nodes[at].value.text));
		before = ", ";
	}
	rmqi_buf_add_text(out, " )");
}

static void describe_between(const struct mb_tree *t, const struct mb_node *n, struct rmqi_buf *out)
{
	uint32_t low = t->nodes[n->first].next;

	rmqi_buf_add_text(out, "((");
	mb_node_describe(t, n->first, out);
	rmqi_buf_add_text(out, n->is_not ? " < " : " >= ");
	mb_node_describe(t, low, out);
	rmqi_buf_add_text(out, n->is_not ? ") || (" : ") && (");
	mb_node_describe(t, n->first, out);
	rmqi_buf_add_text(out, n->is_not ? " > " : " <= ");
	mb_node_describe(t, t->nodes[low].next, out);
	rmqi_buf_add_text(out, "))");
}

/* BinaryExpression.toString, nested to the left. */
static void describe_children(const struct mb_tree *t, const struct mb_node *n,
			      struct rmqi_buf *out)
{
	for (uint32_t at = t->nodes[n->first].next; at != MB_NO_NODE; at = t->nodes[at].next)
		rmqi_buf_add_text(out, "(");
	mb_node_describe(t, n->first, out);
	for (uint32_t at = t->nodes[n->first].next; at != MB_NO_NODE; at = t->nodes[at].next) {
		rmqi_buf_addf(out, " %s ", symbol_of(n));
		mb_node_describe(t, at, out);
		rmqi_buf_add_text(out, ")");
	}
}

void mb_node_describe(const struct mb_tree *t, uint32_t at, struct rmqi_buf *out)
{
	const struct mb_node *n = &t->nodes[at];

	/* It is full. */
	if (out->error != RMQ_OK)
		return;
	if (n->kind == MB_NODE_CONSTANT) {
		describe_constant(&n->value, out);
	} else if (n->kind == MB_NODE_PROPERTY) {
		rmqi_buf_add(out, n->value.text.ptr, n->value.text.len);
	} else if (n->kind == MB_NODE_CAST) {
		mb_node_describe(t, n->first, out);
	} else if (n->kind == MB_NODE_IN) {
		describe_in(t, n, out);
	} else if (n->kind == MB_NODE_BETWEEN) {
		describe_between(t, n, out);
	} else if (t->nodes[n->first].next == MB_NO_NODE) {
		rmqi_buf_addf(out, "(%s ", symbol_of(n));
		mb_node_describe(t, n->first, out);
		rmqi_buf_add_text(out, ")");
	} else {
		describe_children(t, n, out);
	}
}
