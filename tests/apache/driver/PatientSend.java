import java.lang.reflect.Method;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.remoting.RPCHook;
import org.apache.rocketmq.tools.command.SubCommandException;
import org.apache.rocketmq.tools.command.message.SendMessageCommand;

/** sendMessage of mqadmin, which sends once and waits: a send that is made again after 3 s may be stored twice. */
public final class PatientSend extends SendMessageCommand {
    @Override
    public void execute(CommandLine line, Options options, RPCHook hook) throws SubCommandException {
        try {
            // Makes the one that the command then finds.
            Method make = SendMessageCommand.class.getDeclaredMethod("createProducer", RPCHook.class, boolean.class);
            make.setAccessible(true);
            DefaultMQProducer producer = (DefaultMQProducer) make.invoke(this, hook, false);
            Patience.sendOnce(producer);
        } catch (ReflectiveOperationException e) {
            throw new SubCommandException("no patient producer", e);
        }
        super.execute(line, options, hook);
    }
}
