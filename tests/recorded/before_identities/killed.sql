BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0002');
CREATE TABLE lease (
	stack VARCHAR NOT NULL, 
	token BIGINT NOT NULL, 
	holder TEXT, 
	process TEXT NOT NULL, 
	epoch TEXT NOT NULL, 
	acquired VARCHAR NOT NULL, 
	expires DOUBLE NOT NULL, 
	ttl DOUBLE NOT NULL, 
	PRIMARY KEY (stack), 
	FOREIGN KEY(stack) REFERENCES stack (uid)
);
INSERT INTO "lease" VALUES('2cccad546e9d4458843d9978c1bddc4c',3,'root@vm pid 14104','{"boot": "9361b6e6-6486-4b73-bc27-96b01be4fbce", "pid_namespace": "pid:[4026531836]", "pid": 14104, "started": "4186148"}','9361b6e6-6486-4b73-bc27-96b01be4fbce','2026-12-01T15:40:12.375Z',41901.727120772,30.0);
CREATE TABLE operation (
	id VARCHAR NOT NULL, 
	stack VARCHAR NOT NULL, 
	run VARCHAR NOT NULL, 
	urn TEXT NOT NULL, 
	op VARCHAR NOT NULL, 
	started VARCHAR NOT NULL, 
	details TEXT, 
	checksum BIGINT, 
	finished VARCHAR, 
	outcome VARCHAR, 
	PRIMARY KEY (id), 
	FOREIGN KEY(stack) REFERENCES stack (uid)
);
INSERT INTO "operation" VALUES('abf574d14b6293c41d7ab9c9a807f8fe','2cccad546e9d4458843d9978c1bddc4c','e4a7a8aab690','urn:pulumi:shop::shop::virtwright:index:Network::back','create','2026-12-01T15:39:20.812Z',NULL,NULL,'2026-12-01T15:39:20.892Z','done');
INSERT INTO "operation" VALUES('d616c63c9ecf75a7d72b4888ddcdf26d','2cccad546e9d4458843d9978c1bddc4c','e4a7a8aab690','urn:pulumi:shop::shop::virtwright:index:Volume::data','create','2026-12-01T15:39:20.836Z',NULL,NULL,'2026-12-01T15:39:20.915Z','done');
INSERT INTO "operation" VALUES('27624508ff00277796440ff33603be8a','2cccad546e9d4458843d9978c1bddc4c','e4a7a8aab690','urn:pulumi:shop::shop::virtwright:index:VirtualMachine::db','create','2026-12-01T15:39:20.967Z',NULL,NULL,'2026-12-01T15:39:20.982Z','done');
INSERT INTO "operation" VALUES('e51c61fba3a7f20c91ce7fdc124bc74f','2cccad546e9d4458843d9978c1bddc4c','e4a7a8aab690','urn:pulumi:shop::shop::virtwright:index:Container::web','create','2026-12-01T15:39:21.012Z',NULL,NULL,'2026-12-01T15:39:21.234Z','done');
INSERT INTO "operation" VALUES('8ef15ac505e16e6638556d13467a235a','2cccad546e9d4458843d9978c1bddc4c','6b7415af00d2','urn:pulumi:shop::shop::virtwright:index:VirtualMachine::db','update','2026-12-01T15:39:35.181Z',NULL,NULL,'2026-12-01T15:39:35.320Z','done');
INSERT INTO "operation" VALUES('74a8f2d3573de6d49da2c6e537dd65a8','2cccad546e9d4458843d9978c1bddc4c','ed4b1ec49dfd','urn:pulumi:shop::shop::virtwright:index:Volume::logs','create','2026-12-01T15:40:12.764Z','{"kind": "Volume", "host": "urn:pulumi:shop::shop::pulumi:providers:virtwright::here", "object_id": null, "row": "64ecd92b570befecb88c6a8759d21351", "inputs": "{\"size\":1073741824,\"format\":null,\"pool\":null,\"allocation\":null,\"source\":null,\"backing\":null,\"labels\":{},\"docker\":null,\"libvirt\":null,\"existing\":null}", "dependencies": [], "references": [], "protect": false, "retain_on_delete": false, "inputs_hash": "4f730dc1d2f860188a85407a6247b3e10e3beb47edb4f0244f1059466458b445", "traits": null}',3387816137,NULL,NULL);
CREATE TABLE resource (
	"row" VARCHAR NOT NULL, 
	stack VARCHAR NOT NULL, 
	urn TEXT NOT NULL, 
	kind VARCHAR NOT NULL, 
	host TEXT, 
	id TEXT, 
	inputs TEXT NOT NULL, 
	outputs TEXT NOT NULL, 
	dependencies TEXT NOT NULL, 
	"references" TEXT NOT NULL, 
	protect BOOLEAN NOT NULL, 
	retain_on_delete BOOLEAN NOT NULL, 
	created VARCHAR NOT NULL, 
	modified VARCHAR NOT NULL, 
	doomed BOOLEAN NOT NULL, 
	pending_replacement BOOLEAN NOT NULL, 
	inputs_hash VARCHAR NOT NULL, 
	traits TEXT, 
	checksum BIGINT NOT NULL, 
	PRIMARY KEY ("row"), 
	FOREIGN KEY(stack) REFERENCES stack (uid)
);
INSERT INTO "resource" VALUES('ce5af55db2cd863e2a04d3cc4d4c604a','2cccad546e9d4458843d9978c1bddc4c','urn:pulumi:shop::shop::pulumi:providers:virtwright::here','Host',NULL,'ce3acba0-3b9b-4273-85d9-d94a4d7ba782','{"uri":"fake://one","ssh":{"user":null,"port":null,"identity_file":null,"jump":null,"known_hosts":null,"host_key":null,"password":null,"connect_timeout":15.0,"keepalive":15.0},"tls":null,"registries":{},"peer_address":null,"max_parallel":8}','{"name":"here"}','[]','[]',0,0,'2026-12-01T15:39:20.675Z','2026-12-01T15:39:20.675Z',0,0,'',NULL,353117636);
INSERT INTO "resource" VALUES('4be5346ec2eb300d16ce432677832bd5','2cccad546e9d4458843d9978c1bddc4c','urn:pulumi:shop::shop::virtwright:index:Network::back','Network','urn:pulumi:shop::shop::pulumi:providers:virtwright::here','bdfd1f15cb7a','{"mode":"nat","cidr":"10.40.0.0/24","cidr6":null,"gateway":null,"gateway6":null,"dhcp":null,"dns":{"domain":null,"records":[],"forwarders":[]},"mtu":null,"bridge":null,"uplink":null,"vlan":null,"labels":{},"docker":null,"libvirt":null,"existing":null}','{"id":"bdfd1f15cb7a","name":"shop-shop-back","cidr":null,"cidr6":null,"gateway":null,"bridge":null}','[]','[]',0,0,'2026-12-01T15:39:20.892Z','2026-12-01T15:39:20.892Z',0,0,'a11cc6f46af7f8243e1dba33e02c80dbe85519f02d0e89ab07515e021726472d',NULL,1531060816);
INSERT INTO "resource" VALUES('2751f4416d809f8c17fe2e2404bbd880','2cccad546e9d4458843d9978c1bddc4c','urn:pulumi:shop::shop::virtwright:index:Volume::data','Volume','urn:pulumi:shop::shop::pulumi:providers:virtwright::here','7012495632be','{"size":1073741824,"format":null,"pool":null,"allocation":null,"source":null,"backing":null,"labels":{},"docker":null,"libvirt":null,"existing":null}','{"id":"7012495632be","name":"shop-shop-data","path":null,"size":null}','[]','[]',0,0,'2026-12-01T15:39:20.896Z','2026-12-01T15:39:20.896Z',0,0,'4f730dc1d2f860188a85407a6247b3e10e3beb47edb4f0244f1059466458b445',NULL,3749941229);
INSERT INTO "resource" VALUES('8e8c8c75f8dc6e004b2e1cd64fce7ff7','2cccad546e9d4458843d9978c1bddc4c','urn:pulumi:shop::shop::virtwright:index:VirtualMachine::db','VirtualMachine','urn:pulumi:shop::shop::pulumi:providers:virtwright::here','dd25c85baf37','{"cpus":2,"memory":536870912,"max_cpus":null,"max_memory":null,"image":null,"architecture":null,"machine_type":null,"firmware":null,"virtualization":"paravirtual","cpu":{"mode":null,"model":null,"topology":null,"features":{}},"boot":"disk","disks":[{"volume":"shop-shop-data","size":null,"image":null,"format":null,"mount":"/var/lib/shop","bus":null,"device":"disk","read_only":false,"cache":null,"discard":null,"serial":null,"boot_order":null}],"networks":[{"network":"shop-shop-back","address":"10.40.0.10","address6":null,"mac":null,"aliases":[],"model":null,"boot_order":null}],"ports":[],"cloud_init":null,"graphics":{"type":"none","listen":"127.0.0.1","port":null,"password":null},"console":true,"guest_agent":false,"autostart":false,"power":"running","resources":{"cpu_shares":null,"cpu_limit":null,"memory_limit":null,"io_weight":null,"pids":null},"shutdown_timeout":60.0,"switch_off":true,"wait_for":null,"description":"","labels":{},"libvirt":null,"namespace":null}','{"id":"dd25c85baf37","name":"shop-shop-db","address":null,"addresses":{},"state":"running"}','["urn:pulumi:shop::shop::virtwright:index:Network::back", "urn:pulumi:shop::shop::virtwright:index:Volume::data"]','["urn:pulumi:shop::shop::virtwright:index:Network::back", "urn:pulumi:shop::shop::virtwright:index:Volume::data"]',0,0,'2026-12-01T15:39:20.982Z','2026-12-01T15:39:35.319Z',0,0,'89bf66d388cd244c7e516646023a8d89f02041a881c5dee5ddb60075343c7451',NULL,3451583335);
INSERT INTO "resource" VALUES('80fb1ee1b0a4417ccd58a74e3f5af736','2cccad546e9d4458843d9978c1bddc4c','urn:pulumi:shop::shop::virtwright:index:Container::web','Container','urn:pulumi:shop::shop::pulumi:providers:virtwright::here','029c664c3188','{"image":"host","command":["serve"],"entrypoint":null,"environment":{"DB":"shop-shop-db","PASSWORD":{"4dabf18193072939515e22adb298388d":"1b47061264138c4ac30d75fd1eb44270","ciphertext":"v2:rnpBCQoRWuSx+pxa:YoZkilZ0Dyx+jZTR2Y0Y9CLcifAEO4MJuBD5JEomcdWo"}},"working_dir":null,"user":null,"hostname":null,"ports":[],"networks":[{"network":"shop-shop-back","address":null,"address6":null,"mac":null,"aliases":[],"model":null,"boot_order":null}],"volumes":[],"files":[],"resources":{"cpus":null,"memory":null,"pids":null},"restart":"unless-stopped","healthcheck":null,"stop_signal":"SIGTERM","stop_timeout":10.0,"capabilities":[],"drop_capabilities":[],"read_only":false,"description":"","labels":{},"wait_for":null,"namespace":null,"docker":null}','{"id":"029c664c3188","name":"shop-shop-web","address":null,"addresses":{},"image_digest":null,"state":"running","health":null}','["urn:pulumi:shop::shop::virtwright:index:Network::back", "urn:pulumi:shop::shop::virtwright:index:VirtualMachine::db"]','["urn:pulumi:shop::shop::virtwright:index:Network::back", "urn:pulumi:shop::shop::virtwright:index:VirtualMachine::db"]',0,0,'2026-12-01T15:39:21.234Z','2026-12-01T15:39:21.234Z',0,0,'3aadc721711dcdd28faca002cdfaf107e554a7bd71d9eadbe3c47f3e7cc8d925',NULL,1560742637);
CREATE TABLE run (
	id VARCHAR NOT NULL, 
	stack VARCHAR NOT NULL, 
	command VARCHAR NOT NULL, 
	started VARCHAR NOT NULL, 
	finished VARCHAR, 
	result VARCHAR, 
	summary TEXT NOT NULL, 
	message TEXT, 
	who TEXT NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(stack) REFERENCES stack (uid)
);
INSERT INTO "run" VALUES('e4a7a8aab690','2cccad546e9d4458843d9978c1bddc4c','apply','2026-12-01T15:39:20.441Z','2026-12-01T15:39:21.284Z','succeeded','{"create": 4}',NULL,'root@vm pid 9413');
INSERT INTO "run" VALUES('6b7415af00d2','2cccad546e9d4458843d9978c1bddc4c','apply','2026-12-01T15:39:34.957Z','2026-12-01T15:39:35.392Z','succeeded','{"same": 3, "update": 1}',NULL,'root@vm pid 10444');
INSERT INTO "run" VALUES('ed4b1ec49dfd','2cccad546e9d4458843d9978c1bddc4c','apply','2026-12-01T15:40:12.580Z',NULL,NULL,'{}',NULL,'root@vm pid 14104');
CREATE TABLE stack (
	uid VARCHAR NOT NULL, 
	project VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	serial BIGINT NOT NULL, 
	salt TEXT, 
	outputs TEXT NOT NULL, 
	resources BIGINT NOT NULL, 
	operations BIGINT NOT NULL, 
	checksum BIGINT NOT NULL, 
	PRIMARY KEY (uid)
);
INSERT INTO "stack" VALUES('2cccad546e9d4458843d9978c1bddc4c','shop','shop',18,'r1:ulMN+1MK7wE=:v1:pITT99+b5cMmikPW:MI++mOWNK1Ka9besVS06yJRSBzdxWg==','{"url":"http://127.0.0.1:8080","password":{"4dabf18193072939515e22adb298388d":"1b47061264138c4ac30d75fd1eb44270","ciphertext":"v2:qqNRJxQnY+REAcVu:7vUl1egdLVpUccC95IiCvOLJez2bY7KdNBkH+v2rZzJp"}}',10646445653,3387816137,946624213);
CREATE UNIQUE INDEX stack_by_name ON stack (project, name);
CREATE INDEX ix_resource_stack ON resource (stack);
CREATE INDEX operation_open ON operation (stack) WHERE finished IS NULL;
CREATE INDEX operation_by_run ON operation (stack, run);
CREATE INDEX ix_run_stack ON run (stack);
COMMIT;
