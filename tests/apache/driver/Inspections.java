import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.TreeMap;
import org.apache.rocketmq.tools.admin.DefaultMQAdminExt;

/** What an operator's tools are told of the members of a group, and what they make of it. */
final class Inspections {
    private Inspections() {
    }

    /** One line a member, a queue and a topic; what Apache's own analysis objects to. Returns how many members there are. */
    static int inspect(DefaultMQAdminExt admin, String group) throws Exception {
        Set<String> members = new HashSet<>();
        admin.examineConsumerConnectionInfo(group).getConnectionSet().forEach(c -> members.add(c.getClientId()));
        for (String member : members) {
            printMember(admin, group, member);
            printTopics(admin, group, member);
        }
        return members.size();
    }

    private static void printMember(DefaultMQAdminExt admin, String group, String member) throws Exception {
        long now = System.currentTimeMillis();
        TreeMap<String, String> lines = new TreeMap<>();
        System.out.println("MEMBER orderly="
            + admin.getConsumerRunningInfo(group, member, false).getProperties().getProperty("PROP_CONSUMEORDERLY")
            + "\ttype=" + admin.getConsumerRunningInfo(group, member, false).getProperties().getProperty("PROP_CONSUME_TYPE"));
        admin.getConsumerRunningInfo(group, member, false).getMqTable().forEach((queue, info) ->
            lines.put(queue.getTopic() + queue.getQueueId(), "QUEUE " + queue.getTopic() + "\tid=" + queue.getQueueId()
                + "\tlocked=" + info.isLocked() + "\tlockedLately=" + (now - info.getLastLockTimestamp() < 60000)
                + "\tpulledLately=" + (now - info.getLastPullTimestamp() < 60000)
                + "\tcommit=" + info.getCommitOffset() + "\tcached=" + info.getCachedMsgCount()));
        lines.values().forEach(System.out::println);
        String objections = (String) admin.getConsumerRunningInfo(group, member, false).getClass()
            .getMethod("analyzeProcessQueue", String.class, admin.getConsumerRunningInfo(group, member, false).getClass())
            .invoke(null, member, admin.getConsumerRunningInfo(group, member, false));
        for (String objection : objections.split("\n")) {
            if (!objection.isEmpty()) {
                System.out.println("OBJECTION " + objection);
            }
        }
    }

    private static void printTopics(DefaultMQAdminExt admin, String group, String member) throws Exception {
        TreeMap<String, String> lines = new TreeMap<>();
        admin.getConsumerRunningInfo(group, member, false).getStatusTable().forEach((topic, status) ->
            lines.put(topic, String.format(Locale.ROOT, "STATUS %s\tok=%s\tfailed=%s\trt=%s\tpullRt=%s\tpulled=%s", topic,
                status.getConsumeOKTPS() > 0, status.getConsumeFailedMsgs(), status.getConsumeRT() > 0,
                status.getPullRT() > 0, status.getPullTPS() > 0)));
        lines.values().forEach(System.out::println);
    }

    /** Has the first member of the group consume one message now. */
    static void direct(DefaultMQAdminExt admin, String group, String topic, String id) throws Exception {
        String member = admin.examineConsumerConnectionInfo(group).getConnectionSet().iterator().next().getClientId();
        Object result = admin.consumeMessageDirectly(group, member, topic, id);
        System.out.println("DIRECT order=" + read(result, "isOrder") + "\tresult=" + read(result, "getConsumeResult")
            + "\tautoCommit=" + read(result, "isAutoCommit"));
    }

    /** The classes of the answers are in other packages from 5.0 on. */
    private static Object read(Object from, String getter) throws Exception {
        return from.getClass().getMethod(getter).invoke(from);
    }
}
