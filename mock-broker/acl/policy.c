/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/acl/policy.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "mock-broker/acl/source_ip.h"

/* ResourceType.java, by value */
static const char *const types[] = {"Unknown", "Any", "Cluster", "Namespace", "Topic", "Group"};
/* Action.java, by value */
static const char *const actions[] = {"Unknown", "All",    "Any",    "Pub", "Sub",
				      "Create",  "Update", "Delete", "Get", "List"};

/* The place of a name, in any case; `count`: there is none. */
static size_t find(const char *const *names, size_t count, struct rmqi_str name)
{
	size_t at = 0;

	while (at < count &&
	       (strlen(names[at]) != name.len || strncasecmp(names[at], name.ptr, name.len) != 0))
		at++;
	return at;
}

static struct rmqi_str text_of(const struct rmqi_json *object, const char *name)
{
	return rmqi_json_text(rmqi_json_get(object, name));
}

/* --- Resources ------------------------------------------------------------------------------ */

enum rmq_error mb_resource_parse(struct rmqi_str text, struct mb_resource *out)
{
	struct mb_resource r = {.pattern = MB_PATTERN_LITERAL};
	struct rmqi_str type, name;
	const char *star;

	if (rmqi_str_trim(text).len == 0 || text.len > MB_POLICY_NAME_MAX)
		return RMQ_ERR_NOT_FOUND;
	if (rmqi_str_is(text, "*")) {
		*out = (struct mb_resource){MB_RESOURCE_ANY, MB_PATTERN_ANY, NULL};
		return RMQ_OK;
	}
	name = rmqi_str_cut(text, ":", &type, NULL);
	r.type = (enum mb_resource_type)find(types, RMQI_COUNT(types), type);
	if (r.type == RMQI_COUNT(types))
		return RMQ_ERR_NOT_FOUND;
	if (rmqi_str_is(name, "*")) {
		r.pattern = MB_PATTERN_ANY;
	} else if (name.len && name.ptr[name.len - 1] == '*') {
		r.pattern = MB_PATTERN_PREFIXED;
		star = memchr(name.ptr, '*', name.len);
		name.len = (size_t)(star - name.ptr);
	}
	if (r.pattern != MB_PATTERN_ANY)
		r.name = rmqi_str_dup(name);
	if (r.pattern != MB_PATTERN_ANY && !r.name)
		return RMQ_ERR_NO_MEMORY;
	*out = r;
	return RMQ_OK;
}

void mb_resource_deinit(struct mb_resource *r)
{
	rmqi_free(r->name);
	*r = (struct mb_resource){0};
}

const char *mb_resource_text(const struct mb_resource *r, char *buf, size_t size)
{
	static const char *const ends[] = {"*", "", "*"};

	if (r->type == MB_RESOURCE_ANY)
		(void)snprintf(buf, size, "*");
	else
		(void)snprintf(buf, size, "%s:%s%s", types[r->type], r->name ? r->name : "",
			       ends[r->pattern]);
	return buf;
}

static bool is_same(const struct mb_resource *a, const struct mb_resource *b)
{
	return a->type == b->type && a->pattern == b->pattern &&
	       strcmp(a->name ? a->name : "", b->name ? b->name : "") == 0;
}

/* --- Entries ----------------------------------------------------------------------------------- */

static void entry_deinit(struct mb_policy_entry *e)
{
	mb_resource_deinit(&e->resource);
	for (size_t i = 0; i < e->ip_count; i++)
		rmqi_free(e->ips[i]);
	rmqi_free(e->ips);
	*e = (struct mb_policy_entry){0};
}

static void policy_deinit(struct mb_policy *p)
{
	for (size_t i = 0; i < p->count; i++)
		entry_deinit(&p->entries[i]);
	rmqi_free(p->entries);
	*p = (struct mb_policy){0};
}

void mb_policies_deinit(struct mb_policies *p)
{
	for (size_t i = 0; i < p->count; i++)
		policy_deinit(&p->at[i]);
	*p = (struct mb_policies){0};
}

static enum rmq_error refuse(const char **problem, const char *why)
{
	*problem = why;
	return RMQ_ERR_DENIED;
}

/* Names that are none are left out, as in Java. */
static enum rmq_error read_actions(const struct rmqi_json *list, struct mb_policy_entry *e,
				   const char **problem)
{
	RMQI_JSON_EACH(at, list)
	{
		size_t n = find(actions, RMQI_COUNT(actions), rmqi_json_text(at));

		if (n == RMQI_COUNT(actions) || e->told_count == MB_ACTIONS_MAX)
			continue;
		e->actions |= 1u << n;
		e->told[e->told_count++] = (uint8_t)n;
	}
	if (e->told_count == 0)
		return refuse(problem, "The actions is empty.");
	if (e->actions & MB_ACTION_ANY)
		return refuse(problem, "The actions can not be Any.");
	return RMQ_OK;
}

static enum rmq_error read_ips(const struct rmqi_json *list, struct mb_policy_entry *e,
			       const char **problem)
{
	size_t count = rmqi_json_count(list);

	if (count == 0)
		return RMQ_OK;
	if (count > MB_POLICY_IPS_MAX)
		return refuse(problem, "The source ip is invalid.");
	e->ips = rmqi_calloc(count, sizeof(char *));
	if (!e->ips)
		return RMQ_ERR_NO_MEMORY;
	RMQI_JSON_EACH(at, list)
	{
		struct rmqi_str ip = rmqi_json_text(at);

		if (rmqi_str_trim(ip).len == 0)
			return refuse(problem, "The source ip is empty.");
		if (!mb_source_ip_is_valid(ip))
			return refuse(problem, "The source ip is invalid.");
		e->ips[e->ip_count] = rmqi_str_dup(ip);
		if (!e->ips[e->ip_count])
			return RMQ_ERR_NO_MEMORY;
		e->ip_count++;
	}
	return RMQ_OK;
}

static enum rmq_error read_entry(const struct rmqi_json *object, struct mb_policy_entry *e,
				 const char **problem)
{
	static const char *const decisions[] = {"", "Allow", "Deny"};
	size_t decision = find(decisions, 3, text_of(object, "decision"));
	enum rmq_error err = mb_resource_parse(text_of(object, "resource"), &e->resource);

	if (err == RMQ_ERR_NOT_FOUND)
		return refuse(problem, "The resource is null.");
	if (err == RMQ_OK)
		err = read_actions(rmqi_json_get(object, "actions"), e, problem);
	if (err == RMQ_OK)
		err = read_ips(rmqi_json_get(object, "sourceIps"), e, problem);
	if (err != RMQ_OK)
		return err;
	if (decision == 0 || decision == 3)
		return refuse(problem, "The decision is null or illegal.");
	e->decision = (enum mb_decision)decision;
	return RMQ_OK;
}

static enum rmq_error read_policy(const struct rmqi_json *object, struct mb_policy *p,
				  const char **problem)
{
	const struct rmqi_json *entries = rmqi_json_get(object, "entries");
	bool is_default = strcasecmp(rmqi_json_str(object, "policyType", ""), "Default") == 0;
	size_t count = rmqi_json_count(entries);
	enum rmq_error err = RMQ_OK;

	if (count > MB_POLICY_ENTRIES_MAX)
		return refuse(problem, "The policy entries are too many.");
	p->type = is_default ? MB_POLICY_DEFAULT : MB_POLICY_CUSTOM;
	p->entries = rmqi_calloc(count, sizeof(*p->entries));
	if (!p->entries)
		return RMQ_ERR_NO_MEMORY;
	RMQI_JSON_EACH(at, entries)
	{
		if (err == RMQ_OK)
			err = read_entry(at, &p->entries[p->count++], problem);
	}
	return err;
}

/* --- Policies -------------------------------------------------------------------------------------- */

static struct mb_policy *policy_of(struct mb_policies *p, enum mb_policy_type type)
{
	for (size_t i = 0; i < p->count; i++)
		if (p->at[i].type == type)
			return &p->at[i];
	return NULL;
}

static struct mb_policy_entry *entry_of(struct mb_policy *p, const struct mb_resource *r)
{
	for (size_t i = 0; i < p->count; i++)
		if (is_same(&p->entries[i].resource, r))
			return &p->entries[i];
	return NULL;
}

/* `e` is moved when it succeeds. */
static enum rmq_error put_entry(struct mb_policy *p, struct mb_policy_entry *e)
{
	struct mb_policy_entry *old = entry_of(p, &e->resource);
	struct mb_policy_entry *more;

	if (old) {
		entry_deinit(old);
		*old = *e;
		return RMQ_OK;
	}
	if (p->count >= MB_POLICY_ENTRIES_MAX)
		return RMQ_ERR_TOO_LARGE;
	more = rmqi_realloc(p->entries, (p->count + 1) * sizeof(*more));
	if (!more)
		return RMQ_ERR_NO_MEMORY;
	p->entries = more;
	p->entries[p->count++] = *e;
	return RMQ_OK;
}

/* `news` is emptied of what was moved. */
static enum rmq_error merge(struct mb_policies *p, struct mb_policy *news)
{
	struct mb_policy *old = policy_of(p, news->type);
	enum rmq_error err = RMQ_OK;

	if (!old) {
		p->at[p->count++] = *news;
		*news = (struct mb_policy){0};
		return RMQ_OK;
	}
	for (size_t i = 0; i < news->count && err == RMQ_OK; i++) {
		err = put_entry(old, &news->entries[i]);
		if (err == RMQ_OK)
			news->entries[i] = (struct mb_policy_entry){0};
	}
	return err;
}

enum rmq_error mb_policies_update(struct mb_policies *p, struct mb_policies *news)
{
	enum rmq_error err = RMQ_OK;

	for (size_t i = 0; i < news->count && err == RMQ_OK; i++)
		err = merge(p, &news->at[i]);
	mb_policies_deinit(news);
	return err;
}

enum rmq_error mb_policies_read(const struct rmqi_json *acl, struct mb_policies *out,
				const char **problem)
{
	struct mb_policies all = {0};
	enum rmq_error err = RMQ_OK;

	RMQI_JSON_EACH(at, rmqi_json_get(acl, "policies"))
	{
		struct mb_policy one = {0};

		if (err != RMQ_OK || rmqi_json_count(rmqi_json_get(at, "entries")) == 0)
			continue;
		err = read_policy(at, &one, problem);
		if (err == RMQ_OK)
			err = merge(&all, &one);
		policy_deinit(&one);
	}
	if (err == RMQ_OK && all.count == 0)
		err = refuse(problem, "The policies is empty.");
	if (err == RMQ_OK)
		*out = all;
	else
		mb_policies_deinit(&all);
	return err;
}

void mb_policies_delete(struct mb_policies *p, enum mb_policy_type type,
			const struct mb_resource *resource)
{
	struct mb_policy *policy = policy_of(p, type);
	struct mb_policy_entry *e = policy ? entry_of(policy, resource) : NULL;
	size_t left;

	if (!e)
		return;
	entry_deinit(e);
	left = (size_t)(policy->entries + policy->count - e) - 1;
	memmove(e, e + 1, left * sizeof(*e));
	policy->count--;
	if (policy->count)
		return;
	policy_deinit(policy);
	if (policy == &p->at[0])
		p->at[0] = p->at[1];
	p->at[1] = (struct mb_policy){0};
	p->count--;
}

/* --- Texts --------------------------------------------------------------------------------------------- */

static bool is_shown(const struct mb_policy_entry *e, struct rmqi_str filter)
{
	char text[MB_POLICY_NAME_MAX + 32];

	if (rmqi_str_trim(filter).len == 0 || filter.len > MB_POLICY_NAME_MAX)
		return true;
	mb_resource_text(&e->resource, text, sizeof(text));
	for (const char *at = text; *at; at++)
		if (strncmp(at, filter.ptr, filter.len) == 0)
			return true;
	return false;
}

static void write_entry(const struct mb_policy_entry *e, struct rmqi_jw *w)
{
	char text[MB_POLICY_NAME_MAX + 32];

	rmqi_jw_open(w, '{');
	rmqi_jw_name(w, "actions");
	rmqi_jw_open(w, '[');
	for (size_t i = 0; i < e->told_count; i++)
		rmqi_jw_str(w, rmqi_str(actions[e->told[i]]));
	rmqi_jw_close(w, ']');
	rmqi_jw_member_str(w, "decision", e->decision == MB_DECISION_ALLOW ? "Allow" : "Deny");
	rmqi_jw_member_str(w, "resource", mb_resource_text(&e->resource, text, sizeof(text)));
	if (e->ip_count) {
		rmqi_jw_name(w, "sourceIps");
		rmqi_jw_open(w, '[');
		for (size_t i = 0; i < e->ip_count; i++)
			rmqi_jw_str(w, rmqi_str(e->ips[i]));
		rmqi_jw_close(w, ']');
	}
	rmqi_jw_close(w, '}');
}

static bool holds(const struct mb_policy *p, struct rmqi_str filter)
{
	for (size_t i = 0; i < p->count; i++)
		if (is_shown(&p->entries[i], filter))
			return true;
	return false;
}

bool mb_policies_hold(const struct mb_policies *p, struct rmqi_str filter)
{
	for (size_t i = 0; i < p->count; i++)
		if (holds(&p->at[i], filter))
			return true;
	return false;
}

static void write_policy(const struct mb_policy *p, struct rmqi_str filter, struct rmqi_jw *w)
{
	rmqi_jw_open(w, '{');
	rmqi_jw_name(w, "entries");
	rmqi_jw_open(w, '[');
	for (size_t i = 0; i < p->count; i++)
		if (is_shown(&p->entries[i], filter))
			write_entry(&p->entries[i], w);
	rmqi_jw_close(w, ']');
	rmqi_jw_member_str(w, "policyType", p->type == MB_POLICY_CUSTOM ? "Custom" : "Default");
	rmqi_jw_close(w, '}');
}

void mb_policies_write(const struct mb_policies *p, struct rmqi_str filter, struct rmqi_jw *w)
{
	rmqi_jw_name(w, "policies");
	rmqi_jw_open(w, '[');
	for (size_t i = 0; i < p->count; i++)
		if (holds(&p->at[i], filter))
			write_policy(&p->at[i], filter, w);
	rmqi_jw_close(w, ']');
}

/* --- The decision -------------------------------------------------------------------------------------- */

static bool matches(const struct mb_policy_entry *e, const struct mb_need *need,
		    const struct rmqi_host *peer)
{
	const struct mb_resource *r = &e->resource;

	if (!(e->actions & (need->actions | MB_ACTION_ALL)))
		return false;
	if (r->type != MB_RESOURCE_ANY && r->type != need->type)
		return false;
	if (r->pattern == MB_PATTERN_LITERAL && !rmqi_str_is(need->name, r->name))
		return false;
	if (r->pattern == MB_PATTERN_PREFIXED && !rmqi_str_has_prefix(need->name, r->name))
		return false;
	for (size_t i = 0; i < e->ip_count; i++)
		if (mb_source_ip_has(rmqi_str(e->ips[i]), peer))
			return true;
	return e->ip_count == 0;
}

/* AclAuthorizationHandler.comparePolicyEntries of 5.3.3, with its ways: between two patterns the one that is asked
 * about first wins unless it is "any", the shorter prefix wins, and an Allow stands before a Deny. */
static int compare(const struct mb_policy_entry *a, const struct mb_policy_entry *b)
{
	const struct mb_resource *x = &a->resource, *y = &b->resource;
	int order = 0;

	if (x->type != y->type) {
		order = y->type == MB_RESOURCE_ANY ? -1 : x->type == MB_RESOURCE_ANY;
	} else if (x->pattern != y->pattern) {
		order = x->pattern == MB_PATTERN_ANY ? 0 : -1;
	} else if (x->pattern == MB_PATTERN_PREFIXED) {
		size_t m = strlen(x->name), n = strlen(y->name);

		order = (m > n) - (m < n);
	}
	if (order)
		return order;
	if (a->decision == MB_DECISION_DENY)
		return 1;
	return b->decision == MB_DECISION_DENY ? -1 : 0;
}

/* What List.sort does with fewer than 32 elements: that comparator has no order of its own, so the way counts. */
struct sorted {
	const struct mb_policy_entry *at[MB_POLICY_ENTRIES_MAX];
	size_t count;
};

static void reverse(struct sorted *s, size_t end)
{
	for (size_t i = 0, k = end - 1; i < k; i++, k--) {
		const struct mb_policy_entry *e = s->at[i];

		s->at[i] = s->at[k];
		s->at[k] = e;
	}
}

static size_t first_run(struct sorted *s)
{
	size_t end = 2;
	bool falls;

	if (s->count < 2)
		return s->count;
	falls = compare(s->at[1], s->at[0]) < 0;
	while (end < s->count && (compare(s->at[end], s->at[end - 1]) < 0) == falls)
		end++;
	if (falls)
		reverse(s, end);
	return end;
}

static void sort(struct sorted *s)
{
	for (size_t next = first_run(s); next < s->count; next++) {
		const struct mb_policy_entry *e = s->at[next];
		size_t left = 0, right = next;

		while (left < right) {
			size_t middle = (left + right) / 2;

			if (compare(e, s->at[middle]) < 0)
				right = middle;
			else
				left = middle + 1;
		}
		memmove(&s->at[left + 1], &s->at[left], (next - left) * sizeof(s->at[0]));
		s->at[left] = e;
	}
}

static void gather(const struct mb_policies *p, enum mb_policy_type type, const struct mb_need *need,
		   const struct rmqi_host *peer, struct sorted *out)
{
	for (size_t i = 0; i < p->count; i++) {
		for (size_t k = 0; k < p->at[i].count && p->at[i].type == type; k++)
			if (matches(&p->at[i].entries[k], need, peer))
				out->at[out->count++] = &p->at[i].entries[k];
	}
}

const char *mb_policies_problem(const struct mb_policies *p, const struct mb_need *need,
				const struct rmqi_host *peer)
{
	struct sorted s;

	s.count = 0;
	gather(p, MB_POLICY_CUSTOM, need, peer, &s);
	if (s.count == 0)
		gather(p, MB_POLICY_DEFAULT, need, peer, &s);
	if (s.count == 0)
		return "no matched policies.";
	sort(&s);
	return s.at[0]->decision == MB_DECISION_DENY ? "the decision is deny." : NULL;
}
