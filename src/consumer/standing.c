/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/standing.h"

#include <stdio.h>

const char *rmqi_standing_text(enum rmqi_standing standing, const char *topic, const char *group,
			       char *buf, size_t size)
{
	switch (standing) {
	case RMQI_STANDING_REFUSED:
	case RMQI_STANDING_UNAPPROVED:
		snprintf(buf, size, "no broker has approved the expression of topic %s", topic);
		break;
	case RMQI_STANDING_NO_ROUTE:
		snprintf(buf, size, "no name server has told where topic %s is", topic);
		break;
	case RMQI_STANDING_UNREGISTERED:
		snprintf(buf, size, "no broker has registered group %s", group);
		break;
	case RMQI_STANDING_UNCOUNTED:
		snprintf(buf, size,
			 "no broker of topic %s counts this client among the members of group %s",
			 topic, group);
		break;
	case RMQI_STANDING_UNSHARED:
		snprintf(buf, size, "group %s holds no share of the queues of topic %s yet", group,
			 topic);
		break;
	case RMQI_STANDING_STUCK:
	case RMQI_STANDING_SHARED:
		snprintf(buf, size, "the queues of topic %s are not served to group %s", topic,
			 group);
		break;
	}
	return buf;
}

static bool has_queue_trouble(struct rmqi_client *c, struct rmqi_client_trouble *out)
{
	static const enum rmqi_trouble_kind of_queues[] = {RMQI_TROUBLE_PULL, RMQI_TROUBLE_OFFSET,
							   RMQI_TROUBLE_LINK, RMQI_TROUBLE_LOCK};

	for (size_t i = 0; i < RMQI_COUNT(of_queues); i++)
		if (rmqi_client_trouble(c, of_queues[i], NULL, out))
			return true;
	return false;
}

bool rmqi_standing_trouble(struct rmqi_client *c, enum rmqi_standing standing, const char *topic,
			   struct rmqi_client_trouble *out)
{
	switch (standing) {
	case RMQI_STANDING_REFUSED:
	case RMQI_STANDING_UNAPPROVED:
		return rmqi_client_trouble(c, RMQI_TROUBLE_EXPRESSION, topic, out);
	case RMQI_STANDING_NO_ROUTE:
		return rmqi_client_trouble(c, RMQI_TROUBLE_ROUTE, topic, out) ||
		       rmqi_client_trouble(c, RMQI_TROUBLE_NAMESRVS, NULL, out);
	case RMQI_STANDING_UNREGISTERED:
		return rmqi_client_trouble(c, RMQI_TROUBLE_BROKER, NULL, out);
	case RMQI_STANDING_UNCOUNTED:
		return rmqi_client_trouble(c, RMQI_TROUBLE_MEMBERS, topic, out);
	case RMQI_STANDING_UNSHARED:
		return rmqi_client_trouble(c, RMQI_TROUBLE_SHARE, topic, out);
	case RMQI_STANDING_STUCK:
		return has_queue_trouble(c, out);
	case RMQI_STANDING_SHARED:
		break;
	}
	return false;
}
