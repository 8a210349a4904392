/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/control/launch.h"

#include "mock-broker/control/control.h"
#include "mock-broker/control/fixture.h"

enum rmq_error mb_launch(const struct mb_cluster_options *options, struct rmq_mock_cluster **out,
			 struct rmq_error_detail *detail)
{
	struct rmq_mock_cluster *c = NULL;
	enum rmq_error err = mb_cluster_new(options, &c, detail);

	if (err != RMQ_OK)
		return err;
	if (options->fixture)
		err = mb_fixture_load(c, options->fixture, detail);
	if (err == RMQ_OK && options->control)
		err = mb_control_open(c, options->control, detail);
	if (err == RMQ_OK)
		*out = c;
	else
		mb_cluster_free(c);
	return err;
}
