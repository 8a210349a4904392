import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import org.apache.rocketmq.client.consumer.AllocateMessageQueueStrategy;
import org.apache.rocketmq.client.consumer.rebalance.AllocateMachineRoomNearby;
import org.apache.rocketmq.client.consumer.rebalance.AllocateMessageQueueAveragely;
import org.apache.rocketmq.client.consumer.rebalance.AllocateMessageQueueAveragelyByCircle;
import org.apache.rocketmq.client.consumer.rebalance.AllocateMessageQueueByConfig;
import org.apache.rocketmq.client.consumer.rebalance.AllocateMessageQueueByMachineRoom;
import org.apache.rocketmq.client.consumer.rebalance.AllocateMessageQueueConsistentHash;
import org.apache.rocketmq.common.message.MessageQueue;

/**
 * What Java's strategies say. {@link #print} writes the vectors of tests/consumer/allocate_vectors.def: a row is a strategy, the
 * brokers, how many queues each has, how many members there are in how many rooms, and for each queue, in their order, a
 * letter for the member that gets it ('.': none does).
 */
final class Allocations {
    private static final String TOPIC = "TopicTest";

    private Allocations() {
    }

    /** By the name of the key allocateMessageQueueStrategy; "queues" and "rooms" as in our keys. */
    static AllocateMessageQueueStrategy strategy(String name, String queues, String rooms) {
        switch (name) {
            case "AVG":
                return new AllocateMessageQueueAveragely();
            case "AVG_BY_CIRCLE":
                return new AllocateMessageQueueAveragelyByCircle();
            case "CONSISTENT_HASH":
                return new AllocateMessageQueueConsistentHash();
            case "CONFIG": {
                AllocateMessageQueueByConfig config = new AllocateMessageQueueByConfig();
                config.setMessageQueueList(listed(queues));
                return config;
            }
            case "MACHINE_ROOM": {
                AllocateMessageQueueByMachineRoom room = new AllocateMessageQueueByMachineRoom();
                room.setConsumeridcs(new HashSet<>(Arrays.asList(rooms.split(";"))));
                return room;
            }
            case "MACHINE_ROOM_NEARBY":
                return new AllocateMachineRoomNearby(new AllocateMessageQueueAveragely(), new Rooms());
            default:
                throw new IllegalArgumentException("no such strategy: " + name);
        }
    }

    /** room@name of a broker, ip@room@name of a client. */
    private static final class Rooms implements AllocateMachineRoomNearby.MachineRoomResolver {
        @Override
        public String brokerDeployIn(MessageQueue queue) {
            return queue.getBrokerName().split("@")[0];
        }

        @Override
        public String consumerDeployIn(String clientId) {
            return clientId.split("@")[1];
        }
    }

    /** topic@broker:id;... */
    private static List<MessageQueue> listed(String queues) {
        List<MessageQueue> list = new ArrayList<>();
        for (String item : queues.split(";")) {
            int at = item.indexOf('@');
            int colon = item.lastIndexOf(':');
            list.add(new MessageQueue(item.substring(0, at), item.substring(at + 1, colon),
                Integer.parseInt(item.substring(colon + 1))));
        }
        return list;
    }

    static void print() {
        System.out.println("/* SPDX-License-Identifier: Apache-2.0 */");
        System.out.println("/* Written by the Java client: tests/apache/java-driver VERSION allocate. See tests/apache/driver/Allocations.java. */");
        String[] plain = {"AVG", "AVG_BY_CIRCLE", "CONSISTENT_HASH"};
        for (String strategy : plain) {
            for (String brokers : new String[] {"broker-a", "broker-a;broker-b", "b0;b1;b10;b2;b3"}) {
                for (int queues : new int[] {1, 4, 9}) {
                    for (int members : new int[] {1, 2, 3, 7, 24}) {
                        row(strategy, brokers, queues, members, 1);
                    }
                }
            }
        }
        for (String strategy : new String[] {"MACHINE_ROOM", "MACHINE_ROOM_NEARBY"}) {
            for (String brokers : new String[] {"r0@a", "r0@a;r1@a;r1@b", "r0@a;r0@b;r2@a;r9@a"}) {
                for (int queues : new int[] {1, 4, 9}) {
                    for (int members : new int[] {1, 2, 5, 11}) {
                        row(strategy, brokers, queues, members, 1 + members / 2);
                    }
                }
            }
        }
    }

    private static void row(String strategy, String brokers, int queues, int members, int rooms) {
        List<MessageQueue> all = new ArrayList<>();
        for (String broker : brokers.split(";")) {
            for (int id = 0; id < queues; id++) {
                all.add(new MessageQueue(TOPIC, broker, id));
            }
        }
        Collections.sort(all);
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < members; i++) {
            ids.add("10.0.0." + i + "@r" + i % rooms + "@m" + i);
        }
        Collections.sort(ids);
        char[] owners = new char[all.size()];
        Arrays.fill(owners, '.');
        for (int i = 0; i < members; i++) {
            for (MessageQueue queue : strategy(strategy, null, "r0;r1").allocate("G", ids.get(i), all, ids)) {
                owners[all.indexOf(queue)] = (char) ('A' + i);
            }
        }
        System.out.println("{RMQI_ALLOCATE_" + strategy + ", \"" + brokers + "\", " + queues + ", " + members + ", " + rooms
            + ",\n \"" + new String(owners) + "\"},");
    }
}
