# Scenes of check-mqadmin, to be sourced by it: what its tool does with accounts, on a cluster that admits nobody else. The
# account of the tool is operator1.
#
# The mock tells no secret: where Apache's answer has one it is made alike.

declare -A scenes_of=([plain]="plain_accounts plain_whites" [users]="users policies copies")

# --- plain_acl.yml, 4.9: its tool can only change it ---------------------------------------------------------------------------

# The brokers of the mock share a file, so that each sees the changes of the other; and the behaviours have changed that of
# Apache before. tests/broker/t_plain.c counts the changes.
versions='s/[^ ]*\.yml [0-9]+/FILE N/'
own_secret='s/(secretKey=)[^ ]+/\1SECRET/'

plain_accounts() {
    local broker=@broker-a@
    compare "clusterAclConfigVersion" --as "$versions" -- clusterAclConfigVersion -b $broker
    compare "updateAclConfig, a new account" -- updateAclConfig -b $broker -a reader12 -s readers.secret -i DENY -u SUB -t T1=SUB,T2=DENY -g G1=SUB
    compare "updateAclConfig, of a part" -- updateAclConfig -b $broker -a reader12 -s readers.secret2 -w 192.168.0.* -m true
    compare "clusterAclConfigVersion of two changes" --as "$versions" -- clusterAclConfigVersion -b $broker
    compare "updateAclConfig on a cluster" -- updateAclConfig -c $cluster -a writer34 -s writers.secret2 -t Made=PUB
    compare "updateAclConfig, a key that is too short" --as "$own_secret" -- updateAclConfig -b $broker -a short -s readers.secret
    compare "updateAclConfig, a secret that is too short" --as "$own_secret" -- updateAclConfig -b $broker -a reader56 -s short
    compare "updateAclConfig, a permission that there is not" -- updateAclConfig -b $broker -a reader56 -s readers.secret -t T1=WRITE
    compare "updateAclConfig, no permission" -- updateAclConfig -b $broker -a reader56 -s readers.secret -g G1
    compare "clusterAclConfigVersion of a cluster" --sorted --as "$versions" -- clusterAclConfigVersion -c $cluster
    compare "deleteAclConfig" -- deleteAclConfig -b $broker -a reader12
    compare "deleteAclConfig of an account that is not there" -- deleteAclConfig -b $broker -a nobody12
    compare "clusterAclConfigVersion behind it" --as "$versions" -- clusterAclConfigVersion -b $broker
}

plain_whites() {
    compare "updateGlobalWhiteAddr" -- updateGlobalWhiteAddr -b @broker-a@ -g 10.10.103.*,192.168.0.*
    compare "updateGlobalWhiteAddr on a cluster" -- updateGlobalWhiteAddr -c $cluster -g 10.10.104.*
}

# --- users and policies, 5.x ------------------------------------------------------------------------------------------------

# Name, password, type, status.
passwords='s/^([a-z]+[0-9]*) .* (Super|Normal) (enable|disable)$/\1 PASSWORD \2 \3/'

users() {
    local broker=@broker-a@
    # With -c the tool asks the brokers in the order of a hash of their addresses: what they tell has to be the same.
    compare "createUser on a cluster" -- createUser -c $cluster -u alice -p alice.secret
    compare "createUser on a cluster, an administrator" -- createUser -c $cluster -u bob -p bob.secret -t Super
    compare "getUser of a cluster" --sorted --as "$passwords" -- getUser -c $cluster -u bob
    compare "listUser of a cluster" --sorted --as "$passwords" -- listUser -c $cluster
    compare "createUser" -- createUser -b $broker -u dave -p daves.secret
    compare "createUser, one that is there" -- createUser -b $broker -u alice -p other.secret
    compare "createUser, a type that there is not" -- createUser -b $broker -u carol -p carol.secret -t Queen
    compare "getUser" --as "$passwords" -- getUser -b $broker -u alice
    compare "getUser of nobody" --nothing -- getUser -b $broker -u nobody
    compare "listUser" --sorted --as "$passwords" -- listUser -b $broker
    compare "listUser, filtered" --sorted --as "$passwords" -- listUser -b $broker -f ali
    compare "updateUser, its password" -- updateUser -b $broker -u alice -p alice.secret2
    compare "updateUser, its type" -- updateUser -c $cluster -u bob -t Normal
    compare "updateUser, its status" -- updateUser -b $broker -u alice -s disable
    compare "updateUser of nobody" -- updateUser -b $broker -u nobody -p nobodys.secret
    compare "listUser behind it" --sorted --as "$passwords" -- listUser -b $broker
    compare "deleteUser on a cluster" -- deleteUser -c $cluster -u bob
    compare "deleteUser" -- deleteUser -b $broker -u dave
    compare "deleteUser of nobody" -- deleteUser -b $broker -u nobody
    compare "listUser at the end" --sorted --as "$passwords" -- listUser -b $broker
}

policies() {
    local broker=@broker-a@
    compare "createAcl on a cluster" -- createAcl -c $cluster -s User:alice -r Topic:T2 -a All -d Deny
    compare "listAcl of a cluster" --sorted -- listAcl -c $cluster
    compare "createAcl" -- createAcl -b $broker -s User:alice -r "Topic:T1,Group:G*" -a Pub,Sub -i 192.168.0.1 -d Allow
    compare "createAcl of nobody" -- createAcl -b $broker -s User:nobody -r Topic:T1 -a Pub -d Allow
    compare "createAcl, an action that there is not" -- createAcl -b $broker -s User:alice -r Topic:T3 -a Fly -d Allow
    compare "createAcl, a resource that there is not" -- createAcl -b $broker -s User:alice -r Planet:T3 -a Pub -d Allow
    compare "createAcl, a decision that there is not" -- createAcl -b $broker -s User:alice -r Topic:T3 -a Pub -d Maybe
    compare "createAcl, a subject that there is not" -- createAcl -b $broker -s Robot:alice -r Topic:T3 -a Pub -d Allow
    compare "getAcl" --sorted -- getAcl -b $broker -s User:alice
    compare "getAcl of nobody" -- getAcl -b $broker -s User:nobody
    compare "listAcl" --sorted -- listAcl -b $broker
    compare "listAcl of a subject" --sorted -- listAcl -b $broker -s alice
    compare "listAcl of a resource" --sorted -- listAcl -b $broker -r T2
    compare "updateAcl" -- updateAcl -b $broker -s User:alice -r Topic:T1 -a Sub -d Deny
    compare "updateAcl of nobody" -- updateAcl -b $broker -s User:nobody -r Topic:T1 -a Sub -d Deny
    compare "getAcl behind it" --sorted -- getAcl -b $broker -s User:alice
    compare "deleteAcl of a resource" -- deleteAcl -b $broker -s User:alice -r Topic:T1
    compare "getAcl behind that" --sorted -- getAcl -b $broker -s User:alice
}

copies() {
    compare "copyAcl" -- copyAcl -f @broker-a@ -t @broker-b@ -s User:alice
    compare "getAcl of a copy" --sorted -- getAcl -b @broker-b@ -s User:alice
    compare "copyAcl of nobody" --nothing -- copyAcl -f @broker-a@ -t @broker-b@ -s User:nobody
    compare "copyUser of nobody" --nothing -- copyUser -f @broker-a@ -t @broker-b@ -u nobody
    compare "deleteAcl" -- deleteAcl -c $cluster -s User:alice
    compare "deleteAcl of nobody" -- deleteAcl -b @broker-a@ -s User:nobody
    compare "listAcl at the end" --nothing -- listAcl -b @broker-a@
}
