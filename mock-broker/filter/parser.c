/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/filter/parser.h"

#include <math.h>
#include <stdio.h>

#include "mock-broker/filter/lexer.h"

enum { SAID_MAX = 4096 };

struct parser {
	struct mb_tree *tree;
	struct mb_lexer lexer;
	struct mb_token token; /* the next one */
	char *pool;            /* where the next text without quotes goes */
	unsigned depth;        /* of calls */
	/* What is told of a token that fits nowhere; within "+" Java has looked ahead and tells of that sign. */
	const struct mb_token *blamed;
};

static bool has_failed(const struct parser *p)
{
	return p->tree->error != RMQ_OK;
}

static uint32_t fail_at_token(struct parser *p)
{
	const struct mb_token *t =
		p->blamed && p->token.kind != MB_TOKEN_BAD ? p->blamed : &p->token;
	struct rmqi_buf said;

	rmqi_buf_init(&said, SAID_MAX);
	mb_lexer_explain(&p->lexer, *t, &said);
	mb_tree_fail(p->tree, "%s", rmqi_buf_text(&said));
	rmqi_buf_deinit(&said);
	return MB_NO_NODE;
}

/* Java reads a token when it looks at it: one that is none is a failure even where nothing more is needed. */
static enum mb_token_kind peek(struct parser *p)
{
	if (p->token.kind == MB_TOKEN_BAD && !has_failed(p))
		(void)fail_at_token(p);
	return has_failed(p) ? MB_TOKEN_BAD : p->token.kind;
}

static struct mb_token take(struct parser *p)
{
	struct mb_token t = p->token;

	p->token = mb_lexer_next(&p->lexer);
	return t;
}

static bool expect(struct parser *p, enum mb_token_kind kind)
{
	if (peek(p) == kind) {
		(void)take(p);
		return true;
	}
	if (!has_failed(p))
		(void)fail_at_token(p);
	return false;
}

/* The one behind the next one. */
static struct mb_token peek_second(const struct parser *p)
{
	struct mb_lexer ahead = p->lexer;

	return mb_lexer_next(&ahead);
}

/* --- Literals ---------------------------------------------------------------------------------------- */

/* Without the quotes around it, and with one for each two within. */
static struct rmqi_str unquote(struct parser *p, struct rmqi_str image)
{
	struct rmqi_str text = rmqi_str_n(p->pool, 0);

	for (size_t i = 1; i + 1 < image.len; i++) {
		*p->pool++ = image.ptr[i];
		i += image.ptr[i] == '\'' ? 1 : 0;
	}
	text.len = (size_t)(p->pool - text.ptr);
	return text;
}

/* stringLitteral */
static bool string(struct parser *p, struct rmqi_str *out)
{
	struct mb_token t = p->token;

	if (!expect(p, MB_TOKEN_STRING))
		return false;
	*out = unquote(p, t.text);
	return true;
}

/* ConstantExpression.createFromDecimal */
static uint32_t decimal(struct parser *p, struct rmqi_str image)
{
	struct mb_value v = {.kind = MB_VALUE_LONG};

	if ((image.ptr[image.len - 1] | 0x20) == 'l')
		image.len--;
	if (!mb_value_read_long(image, &v.integer)) {
		mb_tree_fail(p->tree, "java.lang.NumberFormatException: For input string: \"%.*s\"",
			     RMQI_STR_ARG(image));
		return MB_NO_NODE;
	}
	if (v.integer >= INT32_MIN && v.integer <= INT32_MAX)
		v.kind = MB_VALUE_INTEGER;
	return mb_node_constant(p->tree, v);
}

/* ConstantExpression.createFloat: 0.0 is below what Java takes for the smallest Double. */
static uint32_t real(struct parser *p, struct rmqi_str image)
{
	struct mb_value v = {.kind = MB_VALUE_DOUBLE};

	if (!mb_value_read_double(image, &v.real))
		mb_tree_fail(p->tree, "a number of more than %d characters", MB_NUMBER_MAX);
	else if (isinf(v.real))
		mb_tree_fail(p->tree,
			     "java.lang.RuntimeException: %.*s is greater than "
			     "1.7976931348623157E308",
			     RMQI_STR_ARG(image));
	else if (!(v.real > 0))
		mb_tree_fail(p->tree, "java.lang.RuntimeException: %.*s is less than 4.9E-324",
			     RMQI_STR_ARG(image));
	return mb_node_constant(p->tree, v);
}

/* --- The grammar --------------------------------------------------------------------------------------- */

static uint32_t or_expression(struct parser *p);
static uint32_t unary(struct parser *p);

static uint32_t primary(struct parser *p)
{
	struct mb_value text = {.kind = MB_VALUE_STRING};
	uint32_t inner;

	switch (peek(p)) {
	case MB_TOKEN_STRING:
		return string(p, &text.text) ? mb_node_constant(p->tree, text) : MB_NO_NODE;
	case MB_TOKEN_DECIMAL:
		return decimal(p, take(p).text);
	case MB_TOKEN_FLOAT:
		return real(p, take(p).text);
	case MB_TOKEN_TRUE:
	case MB_TOKEN_FALSE:
		return mb_node_constant(p->tree, mb_value_boolean(take(p).kind == MB_TOKEN_TRUE));
	case MB_TOKEN_NULL:
		(void)take(p);
		return mb_node_constant(p->tree, mb_value_null());
	case MB_TOKEN_ID:
		return mb_node_property(p->tree, take(p).text);
	case MB_TOKEN_OPEN:
		(void)take(p);
		inner = or_expression(p);
		return expect(p, MB_TOKEN_CLOSE) ? inner : MB_NO_NODE;
	default:
		return has_failed(p) ? MB_NO_NODE : fail_at_token(p);
	}
}

static uint32_t plus(struct parser *p)
{
	struct mb_token sign = take(p);
	const struct mb_token *before = p->blamed;
	uint32_t of;

	if (!p->blamed)
		p->blamed = &sign;
	of = unary(p);
	p->blamed = before;
	return of;
}

static uint32_t signed_one(struct parser *p)
{
	switch (peek(p)) {
	case MB_TOKEN_PLUS:
		return plus(p);
	case MB_TOKEN_MINUS:
		(void)take(p);
		return mb_node_negate(p->tree, unary(p));
	case MB_TOKEN_NOT:
		(void)take(p);
		return mb_node_not(p->tree, unary(p));
	default:
		return primary(p);
	}
}

static uint32_t unary(struct parser *p)
{
	uint32_t at;

	if (++p->depth > MB_NODE_DEPTH)
		mb_tree_fail(p->tree, "the expression is nested deeper than %d levels",
			     MB_NODE_DEPTH);
	at = has_failed(p) ? MB_NO_NODE : signed_one(p);
	p->depth--;
	return has_failed(p) ? MB_NO_NODE : at;
}

static uint32_t between(struct parser *p, bool is_not, uint32_t of)
{
	uint32_t low = unary(p), high;

	if (!expect(p, MB_TOKEN_AND))
		return MB_NO_NODE;
	high = unary(p);
	return mb_node_between(p->tree, is_not, of, low, high);
}

/* Java makes the node when it has read it all. */
static uint32_t in(struct parser *p, bool is_not, uint32_t of)
{
	struct mb_lexer start;
	struct mb_token first;
	struct rmqi_str text;
	uint32_t at;

	if (!expect(p, MB_TOKEN_OPEN))
		return MB_NO_NODE;
	/* To see whether it is sound, then once more to take it. */
	start = p->lexer;
	first = p->token;
	while (peek(p) == MB_TOKEN_STRING && peek_second(p).kind == MB_TOKEN_COMMA) {
		(void)take(p);
		(void)take(p);
	}
	if (!expect(p, MB_TOKEN_STRING) || !expect(p, MB_TOKEN_CLOSE))
		return MB_NO_NODE;
	p->lexer = start;
	p->token = first;
	at = mb_node_in(p->tree, is_not, of);
	do {
		if (!has_failed(p) && string(p, &text))
			mb_node_in_add(p->tree, at, text);
	} while (!has_failed(p) && take(p).kind == MB_TOKEN_COMMA);
	return at;
}

static uint32_t search(struct parser *p, enum mb_node_kind kind, bool is_not, uint32_t of)
{
	struct rmqi_str text;

	return string(p, &text) ? mb_node_search(p->tree, kind, is_not, of, text) : MB_NO_NODE;
}

/* What may stand behind NOT, too. */
static uint32_t relation(struct parser *p, bool is_not, uint32_t left)
{
	switch (take(p).kind) {
	case MB_TOKEN_CONTAINS:
		return search(p, MB_NODE_CONTAINS, is_not, left);
	case MB_TOKEN_STARTSWITH:
		return search(p, MB_NODE_STARTSWITH, is_not, left);
	case MB_TOKEN_ENDSWITH:
		return search(p, MB_NODE_ENDSWITH, is_not, left);
	case MB_TOKEN_BETWEEN:
		return between(p, is_not, left);
	default:
		return in(p, is_not, left);
	}
}

static bool is_relation(enum mb_token_kind kind)
{
	return kind == MB_TOKEN_CONTAINS || kind == MB_TOKEN_STARTSWITH ||
	       kind == MB_TOKEN_ENDSWITH || kind == MB_TOKEN_BETWEEN || kind == MB_TOKEN_IN;
}

static uint32_t ordered(struct parser *p, uint32_t left)
{
	static const enum mb_node_kind kinds[] = {MB_NODE_GREATER, MB_NODE_GREATER_EQUAL,
						  MB_NODE_LESS, MB_NODE_LESS_EQUAL};
	enum mb_node_kind kind = kinds[take(p).kind - MB_TOKEN_GREATER];

	return mb_node_compare(p->tree, kind, left, unary(p));
}

/* Java looks at the token behind it, too. */
static uint32_t fail_at_not(struct parser *p)
{
	if (peek_second(p).kind == MB_TOKEN_BAD)
		(void)take(p);
	return fail_at_token(p);
}

static uint32_t comparison(struct parser *p)
{
	uint32_t left = unary(p);

	while (!has_failed(p)) {
		enum mb_token_kind kind = peek(p);

		if (kind >= MB_TOKEN_GREATER && kind <= MB_TOKEN_LESS_EQUAL) {
			left = ordered(p, left);
		} else if (is_relation(kind)) {
			left = relation(p, false, left);
		} else if (kind == MB_TOKEN_NOT && is_relation(peek_second(p).kind)) {
			(void)take(p);
			left = relation(p, true, left);
		} else {
			return kind == MB_TOKEN_NOT ? fail_at_not(p) : left;
		}
	}
	return MB_NO_NODE;
}

static uint32_t is_or_is_not(struct parser *p, uint32_t left)
{
	bool is_not;

	(void)take(p);
	is_not = peek(p) != MB_TOKEN_NULL;
	if (is_not && !expect(p, MB_TOKEN_NOT))
		return MB_NO_NODE;
	if (!expect(p, MB_TOKEN_NULL))
		return MB_NO_NODE;
	left = mb_node_is_null(p->tree, left);
	return is_not ? mb_node_not(p->tree, left) : left;
}

static uint32_t equal(struct parser *p, uint32_t left)
{
	bool is_not = take(p).kind == MB_TOKEN_NOT_EQUAL;

	left = mb_node_equal(p->tree, left, comparison(p));
	return is_not ? mb_node_not(p->tree, left) : left;
}

static uint32_t equality(struct parser *p)
{
	uint32_t left = comparison(p);

	while (!has_failed(p)) {
		enum mb_token_kind kind = peek(p);

		if (kind == MB_TOKEN_EQUAL || kind == MB_TOKEN_NOT_EQUAL)
			left = equal(p, left);
		else if (kind == MB_TOKEN_IS)
			left = is_or_is_not(p, left);
		else
			return left;
	}
	return MB_NO_NODE;
}

static uint32_t chain(struct parser *p, enum mb_token_kind word, enum mb_node_kind kind,
		      uint32_t (*operand)(struct parser *p))
{
	uint32_t left = operand(p);
	bool is_chain = false;

	while (!has_failed(p) && peek(p) == word) {
		(void)take(p);
		left = mb_node_join(p->tree, kind, left, operand(p), is_chain);
		is_chain = true;
	}
	return has_failed(p) ? MB_NO_NODE : left;
}

static uint32_t and_expression(struct parser *p)
{
	return chain(p, MB_TOKEN_AND, MB_NODE_AND, equality);
}

static uint32_t or_expression(struct parser *p)
{
	return chain(p, MB_TOKEN_OR, MB_NODE_OR, and_expression);
}

uint32_t mb_parse(struct mb_tree *t, struct rmqi_str text, char *pool)
{
	struct parser p = {.tree = t, .pool = pool};
	uint32_t root;

	mb_lexer_init(&p.lexer, text);
	p.token = mb_lexer_next(&p.lexer);
	root = or_expression(&p);
	return has_failed(&p) ? MB_NO_NODE : mb_node_condition(t, root);
}
