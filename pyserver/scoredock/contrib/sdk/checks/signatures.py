"""The SDK v1 as a table: classes, parameters and modules of azureml-core 1.61.0.post4. Made by
`tools/sdk_signatures.py`; do not edit.

A class is `class Name module base, base`. Below it, `new` is how an object is made, `fn` a static or class method,
`def` a method and `has` the other attributes. A parameter without a value ends with nothing, one with a default with
`=`; `*` begins those that are given by name only.
"""

CLASSES = """\
class Workspace azureml.core.workspace
new(subscription_id, resource_group, workspace_name, auth=, _location=, _disable_service_check=, _workspace_id=, sku=, tags=, _cloud=)
fn from_config(path=, auth=, _logger=, _file_name=) -> Workspace
fn create(name, auth=, subscription_id=, resource_group=, location=, create_resource_group=, sku=, tags=, friendly_name=, storage_account=, key_vault=, app_insights=, container_registry=, adb_workspace=, primary_user_assigned_identity=, cmk_keyvault=, resource_cmk_uri=, hbi_workspace=, default_cpu_compute_target=, default_gpu_compute_target=, private_endpoint_config=, private_endpoint_auto_approval=, exist_ok=, show_output=, user_assigned_identity_for_cmk_encryption=, system_datastores_auth_mode=, v1_legacy_mode=) -> Workspace
fn get(name, auth=, subscription_id=, resource_group=, location=, cloud=, id=) -> Workspace
fn list(subscription_id, auth=, resource_group=)
def write_config(path=, file_name=)
def update_dependencies(container_registry=, force=)
def delete(delete_dependent_resources=, no_wait=)
def get_details()
def get_mlflow_tracking_uri(_with_auth=)
def get_default_compute_target(type)
def get_default_datastore() -> Datastore
def set_default_datastore(name)
def get_default_keyvault() -> Keyvault
def add_private_endpoint(private_endpoint_config, private_endpoint_auto_approval=, location=, show_output=, tags=)
def delete_private_endpoint_connection(private_endpoint_connection_name)
def list_keys()
def diagnose_workspace(diagnose_parameters)
def set_connection(name, category, target, authType, value)
def list_connections(category=, target=)
def get_connection(name)
def delete_connection(name)
def get_run(run_id)
def update(friendly_name=, description=, tags=, image_build_compute=, service_managed_resources_settings=, primary_user_assigned_identity=, allow_public_access_when_behind_vnet=, v1_legacy_mode=)
def sync_keys(no_wait=)
fn setup() -> Workspace
has DEFAULT_CPU_CLUSTER_CONFIGURATION DEFAULT_CPU_CLUSTER_NAME DEFAULT_GPU_CLUSTER_CONFIGURATION DEFAULT_GPU_CLUSTER_NAME compute_targets datasets datastores discovery_url environments experiments images linked_services location models name private_endpoints resource_group service_context sku subscription_id tags webservices
class Model azureml.core.model
in Framework: CUSTOM MULTI ONNX PYTORCH SCIKITLEARN TENSORFLOW TFKERAS
new(workspace, name=, id=, tags=, properties=, version=, run_id=, model_framework=, expand=, **)
fn register(workspace, model_path, model_name, tags=, properties=, description=, datasets=, model_framework=, model_framework_version=, child_paths=, sample_input_dataset=, sample_output_dataset=, resource_configuration=) -> Model
fn get_model_path(model_name, version=, _workspace=)
def download(target_dir=, exist_ok=, exists_ok=)
fn list(workspace, name=, tags=, properties=, run_id=, latest=, dataset_id=, expand=, page_count=, model_framework=)
def serialize()
fn deserialize(workspace, model_payload) -> Model
def update(tags=, description=, sample_input_dataset=, sample_output_dataset=, resource_configuration=)
def update_tags_properties(add_tags=, remove_tags=, add_properties=)
def add_tags(tags)
def remove_tags(tags)
def add_properties(properties)
def add_dataset_references(datasets)
def delete()
fn print_configuration(models, inference_config, deployment_config, deployment_target)
fn deploy(workspace, name, models, inference_config=, deployment_config=, deployment_target=, overwrite=, show_output=) -> Webservice
fn package(workspace, models, inference_config=, generate_dockerfile=, image_name=, image_label=) -> ModelPackage
fn profile(workspace, profile_name, models, inference_config, input_dataset, cpu=, memory_in_gb=, description=) -> ModelProfile
def get_sas_urls()
has Framework created_by created_time datasets derived_model_ids description experiment_name id mime_type model_framework model_framework_version name parent_id properties resource_configuration run run_id sample_input_dataset sample_output_dataset tags unpack url version workspace
class InferenceConfig azureml.core.model
new(entry_script, runtime=, conda_file=, extra_docker_file_steps=, source_directory=, enable_gpu=, description=, base_image=, base_image_registry=, cuda_version=, environment=)
def validate_configuration()
def validation_script_content()
def build_create_payload(workspace, name, model_ids)
def build_profile_payload(profile_name, input_data=, workspace=, models=, dataset_id=, container_resource_requirements=, description=)
has base_image base_image_registry conda_file cuda_version description enable_gpu entry_script environment extra_docker_file_steps runtime source_directory
class ModelPackage azureml.core.model
new(workspace, operation_id, environment)
def get_container_registry() -> ContainerRegistry
def get_logs(decode=, offset=)
def pull()
def save(output_directory)
def update_creation_state()
def wait_for_creation(show_output=)
def serialize()
has error generate_dockerfile location package_build_log_uri state workspace
class ModelProfile azureml.core.profile _ModelEvaluationResultBase
new(workspace, name)
def wait_for_completion(show_output=)
def serialize()
def get_details()
has recommended_cpu recommended_memory
class Environment azureml.core.environment _AbstractRunConfigElement
new(name, **)
def register(workspace) -> Environment
fn label(workspace, name, version, labels)
def clone(new_name) -> Environment
fn get(workspace, name, version=, label=) -> Environment
fn list(workspace)
fn from_dockerfile(name, dockerfile, conda_specification=, pip_requirements=) -> Environment
fn from_docker_image(name, image, container_registry=, conda_specification=, pip_requirements=) -> Environment
fn from_docker_build_context(name, docker_build_context) -> Environment
fn from_conda_specification(name, file_path) -> Environment
fn from_existing_conda_environment(name, conda_environment_name) -> Environment
fn from_pip_requirements(name, file_path, pip_version=) -> Environment
fn add_private_pip_wheel(workspace, file_path, exist_ok=)
def get_image_details(workspace)
def build(workspace, image_build_compute=)
def build_local(workspace, platform=, **)
def save_to_directory(path, overwrite=)
fn load_from_directory(path) -> Environment
has asset_id databricks docker environment_variables inferencing_stack_version name python r spark version
class CondaDependencies azureml.core.conda_dependencies
new(conda_dependencies_file_path=, _underlying_structure=)
fn create(pip_indexurl=, pip_packages=, conda_packages=, python_version=, pin_sdk_version=) -> CondaDependencies
fn merge_requirements(requirements)
fn sdk_origin_url()
def set_pip_index_url(index_url)
def get_default_number_of_packages()
def get_python_version()
def set_python_version(version)
def add_channel(channel)
def remove_channel(channel)
def add_conda_package(conda_package)
def remove_conda_package(conda_package)
def add_pip_package(pip_package)
def set_pip_option(pip_option)
def remove_pip_option(pip_option)
def remove_pip_package(pip_package)
def set_pip_requirements(pip_requirements)
def add_cntk_package(core_type=)
def add_tensorflow_pip_package(core_type=, version=)
def add_tensorflow_conda_package(core_type=, version=)
def save_to_file(base_directory, conda_file_path=)
def save(path=)
def serialize_to_string()
def as_dict()
has DEFAULT_NUMBER_OF_CONDA_PACKAGES DEFAULT_NUMBER_OF_PIP_PACKAGES conda_channels conda_packages pip_options pip_packages
class ContainerRegistry azureml.core.container_registry _AbstractRunConfigElement
new()
has address password registry_identity username
class ResourceConfiguration azureml.core.resource_configuration
new(cpu=, memory_in_gb=, gpu=)
def serialize()
fn deserialize(payload_obj)
has cpu gpu memory_in_gb
class Experiment azureml.core.experiment ChainedIdentity, HasExperimentPortal
new(workspace, name, _skip_name_validation=, _id=, _archived_time=, _create_in_cloud=, _experiment_dto=, **)
def submit(config, tags=, **)
def start_logging(*args, **) -> Run
def archive()
def reactivate(new_name=)
def tag(key, value=)
def set_tags(tags)
def remove_tags(tags)
def refresh()
fn from_directory(path, auth=)
fn list(workspace, experiment_name=, view_type=, tags=)
fn delete(workspace, experiment_id)
def get_runs(type=, tags=, properties=, include_children=)
fn get_docs_url()
has archived_time id name tags workspace workspace_object
class Run azureml.core.run _RunBase
new(experiment, run_id, outputs=, **)
fn get_context(allow_offline=, used_for_context_manager=, **)
fn get_submitted_run(**)
def get_secret(name)
def get_secrets(secrets)
fn add_type_provider(runtype, run_factory)
fn list(experiment, type=, tags=, properties=, status=, include_children=, _rehydrate_runs=)
fn list_by_compute(compute, type=, tags=, properties=, status=)
fn get(workspace, run_id)
def submit_child(config, tags=, **)
def wait_for_completion(show_output=, wait_post_processing=, raise_on_error=)
def clean()
def get_all_logs(destination=)
def get_details_with_logs()
def get_status()
def get_detailed_status()
def get_environment()
def get_details()
def get_children(recursive=, tags=, properties=, type=, status=, _rehydrate_runs=)
def get_metrics(name=, recursive=, run_type=, populate=)
def start()
def complete(_set_status=)
def fail(error_details=, error_code=, _set_status=)
def cancel()
def flush(timeout_seconds=)
def child_run(name=, run_id=, outputs=)
def create_children(count=, tag_key=, tag_values=)
def tag(key, value=)
def set_tags(tags)
def get_tags()
def remove_tags(tags)
def add_properties(properties)
def get_properties()
def log(name, value, description=, step=)
def log_list(name, value, description=)
def log_row(name, description=, **)
def log_table(name, value, description=)
def log_confusion_matrix(name, value, description=)
def log_accuracy_table(name, value, description=)
def log_residuals(name, value, description=)
def log_predictions(name, value, description=)
def log_image(name, path=, plot=, description=)
def upload_file(name, path_or_stream, datastore_name=)
def upload_folder(name, path, datastore_name=)
def upload_files(names, paths, return_artifacts=, timeout_seconds=, datastore_name=)
def get_file_names()
def download_file(name, output_file_path=, _validate_checksum=)
def download_files(prefix=, output_directory=, output_paths=, batch_size=, append_prefix=, timeout_seconds=)
def take_snapshot(file_or_folder_path)
def restore_snapshot(snapshot_id=, path=)
def get_snapshot_id()
def register_model(model_name, model_path=, tags=, properties=, model_framework=, model_framework_version=, description=, datasets=, sample_input_dataset=, sample_output_dataset=, resource_configuration=, **) -> Model
has description display_name experiment id name number parent properties status tags type
class Keyvault azureml.core.keyvault
new(workspace)
def set_secret(name, value, content_type=)
def set_secrets(secrets_batch)
def get_secret(name)
def get_secrets(secrets)
def get_secret_content_type(name)
def delete_secret(name)
def delete_secrets(secrets)
def list_secrets()
has workspace
class InteractiveLoginAuthentication azureml.core.authentication AbstractAuthentication
new(force=, tenant_id=, cloud=)
class AzureCliAuthentication azureml.core.authentication AbstractAuthentication
new(cloud=)
class ServicePrincipalAuthentication azureml.core.authentication AbstractAuthentication
new(tenant_id, service_principal_id, service_principal_password, cloud=, _enable_caching=)
class MsiAuthentication azureml.core.authentication AbstractAuthentication
new(cloud=, **)
class Webservice azureml.core.webservice.webservice
new(workspace, name)
fn deploy(workspace, name, model_paths, image_config, deployment_config=, deployment_target=, overwrite=) -> Webservice
fn deploy_from_model(workspace, name, models, image_config, deployment_config=, deployment_target=, overwrite=) -> Webservice
fn deploy_from_image(workspace, name, image, deployment_config=, deployment_target=, overwrite=) -> Webservice
fn check_for_existing_webservice(workspace, name, overwrite=, request_func=, check_func=)
fn deploy_local_from_model(workspace, name, models, image_config, deployment_config=, wait=)
def wait_for_deployment(show_output=, timeout_sec=)
def update_deployment_state()
fn list(workspace, compute_type=, image_name=, image_id=, model_name=, model_id=, tags=, properties=, image_digest=)
def get_logs(num_lines=, init=)
def run(input)
def get_keys()
def regen_key(key, set_key=)
def get_token()
def update(*args)
def delete()
def serialize()
fn deserialize(workspace, webservice_payload)
has auth_enabled compute_type created_by created_time description error image image_digest image_id name properties state tags token_auth_enabled updated_time workspace
class WebserviceDeploymentConfiguration azureml.core.webservice.webservice
new(type, description=, tags=, properties=, primary_key=, secondary_key=, location=)
def validate_configuration()
def print_deploy_configuration()
fn validate_image(image)
has description location primary_key properties secondary_key tags
class LocalWebservice azureml.core.webservice.local Webservice
new(*args, **)
def delete(delete_cache=, delete_image=, delete_volume=)
fn deploy_configuration(port=) -> LocalWebserviceDeploymentConfiguration
def deploy_to_cloud(name=, deployment_config=, deployment_target=)
fn deserialize(workspace, webservice_payload)
def get_keys()
def get_logs(num_lines=, raw=)
def get_token()
fn list(workspace, model_name=, model_id=, all=)
def regen_key(key)
def reload(wait=)
def run(input_data)
def serialize()
def update(models=, image_config=, deployment_config=, wait=, inference_config=)
def update_deployment_state(must_exist=)
def wait_for_deployment(show_output=)
has NETWORK_NAME STATE_DELETED STATE_DEPLOYING STATE_FAILED STATE_RUNNING STATE_UNKNOWN compute_type created_time error image_id name port properties scoring_uri state swagger_uri tags updated_time workspace
class LocalWebserviceDeploymentConfiguration azureml.core.webservice.local WebserviceDeploymentConfiguration
new(port=)
def validate_configuration()
def print_deploy_configuration()
has port
class AciWebservice azureml.core.webservice.aci Webservice
fn deploy_configuration(cpu_cores=, memory_gb=, tags=, properties=, description=, location=, auth_enabled=, ssl_enabled=, enable_app_insights=, ssl_cert_pem_file=, ssl_key_pem_file=, ssl_cname=, dns_name_label=, primary_key=, secondary_key=, collect_model_data=, cmk_vault_base_url=, cmk_key_name=, cmk_key_version=, vnet_name=, subnet_name=) -> AciServiceDeploymentConfiguration
def run(input_data)
def update(image=, tags=, properties=, description=, auth_enabled=, ssl_enabled=, ssl_cert_pem_file=, ssl_key_pem_file=, ssl_cname=, enable_app_insights=, models=, inference_config=)
def add_tags(tags)
def remove_tags(tags)
def add_properties(properties)
def serialize()
def get_token()
has cname container_resource_requirements enable_app_insights encryption_properties environment location models properties public_fqdn public_ip scoring_uri ssl_certificate ssl_enabled ssl_key swagger_uri tags vnet_configuration
class AciServiceDeploymentConfiguration azureml.core.webservice.aci WebserviceDeploymentConfiguration
new(cpu_cores=, memory_gb=, tags=, properties=, description=, location=, auth_enabled=, ssl_enabled=, enable_app_insights=, ssl_cert_pem_file=, ssl_key_pem_file=, ssl_cname=, dns_name_label=, primary_key=, secondary_key=, collect_model_data=, cmk_vault_base_url=, cmk_key_name=, cmk_key_version=, vnet_name=, subnet_name=)
def validate_configuration()
def print_deploy_configuration()
has auth_enabled cmk_key_name cmk_key_version cmk_vault_base_url collect_model_data cpu_cores dns_name_label enable_app_insights memory_gb ssl_cert_pem_file ssl_cname ssl_enabled ssl_key_pem_file subnet_name vnet_name
class AksWebservice azureml.core.webservice.aks Webservice
fn deploy_configuration(autoscale_enabled=, autoscale_min_replicas=, autoscale_max_replicas=, autoscale_refresh_seconds=, autoscale_target_utilization=, collect_model_data=, auth_enabled=, cpu_cores=, memory_gb=, enable_app_insights=, scoring_timeout_ms=, replica_max_concurrent_requests=, max_request_wait_time=, num_replicas=, primary_key=, secondary_key=, tags=, properties=, description=, gpu_cores=, period_seconds=, initial_delay_seconds=, timeout_seconds=, success_threshold=, failure_threshold=, namespace=, token_auth_enabled=, compute_target_name=, cpu_cores_limit=, memory_gb_limit=, blobfuse_enabled=) -> AksServiceDeploymentConfiguration
def run(input_data)
def update(image=, autoscale_enabled=, autoscale_min_replicas=, autoscale_max_replicas=, autoscale_refresh_seconds=, autoscale_target_utilization=, collect_model_data=, auth_enabled=, cpu_cores=, memory_gb=, enable_app_insights=, scoring_timeout_ms=, replica_max_concurrent_requests=, max_request_wait_time=, num_replicas=, tags=, properties=, description=, models=, inference_config=, gpu_cores=, period_seconds=, initial_delay_seconds=, timeout_seconds=, success_threshold=, failure_threshold=, namespace=, token_auth_enabled=, cpu_cores_limit=, memory_gb_limit=, **)
def add_tags(tags)
def remove_tags(tags)
def add_properties(properties)
def serialize()
def get_token()
def get_access_token()
has autoscaler compute_name container_resource_requirements data_collection deployment_status enable_app_insights environment is_default liveness_probe_requirements max_concurrent_requests_per_container max_request_wait_time models namespace num_replicas properties scoring_timeout_ms scoring_uri state swagger_uri tags token_auth_enabled traffic_percentile version_type
class AksEndpoint azureml.core.webservice.aks AksWebservice
in VersionType: control treatment
fn deploy_configuration(autoscale_enabled=, autoscale_min_replicas=, autoscale_max_replicas=, autoscale_refresh_seconds=, autoscale_target_utilization=, collect_model_data=, auth_enabled=, cpu_cores=, memory_gb=, enable_app_insights=, scoring_timeout_ms=, replica_max_concurrent_requests=, max_request_wait_time=, num_replicas=, primary_key=, secondary_key=, tags=, properties=, description=, gpu_cores=, period_seconds=, initial_delay_seconds=, timeout_seconds=, success_threshold=, failure_threshold=, namespace=, token_auth_enabled=, version_name=, traffic_percentile=, compute_target_name=, cpu_cores_limit=, memory_gb_limit=) -> AksEndpointDeploymentConfiguration
def update(auth_enabled=, token_auth_enabled=, enable_app_insights=, description=, tags=, properties=)
def delete_version(version_name)
def create_version(version_name, autoscale_enabled=, autoscale_min_replicas=, autoscale_max_replicas=, autoscale_refresh_seconds=, autoscale_target_utilization=, collect_model_data=, cpu_cores=, memory_gb=, scoring_timeout_ms=, replica_max_concurrent_requests=, max_request_wait_time=, num_replicas=, tags=, properties=, description=, models=, inference_config=, gpu_cores=, period_seconds=, initial_delay_seconds=, timeout_seconds=, success_threshold=, failure_threshold=, traffic_percentile=, is_default=, is_control_version_type=, cpu_cores_limit=, memory_gb_limit=)
def update_version(version_name, autoscale_enabled=, autoscale_min_replicas=, autoscale_max_replicas=, autoscale_refresh_seconds=, autoscale_target_utilization=, collect_model_data=, cpu_cores=, memory_gb=, scoring_timeout_ms=, replica_max_concurrent_requests=, max_request_wait_time=, num_replicas=, tags=, properties=, description=, models=, inference_config=, gpu_cores=, period_seconds=, initial_delay_seconds=, timeout_seconds=, success_threshold=, failure_threshold=, traffic_percentile=, is_default=, is_control_version_type=, cpu_cores_limit=, memory_gb_limit=)
def serialize()
has VersionType auth_enabled compute_name compute_type created_time deployment_status description enable_app_insights error image name namespace properties scoring_uri state swagger_uri tags token_auth_enabled updated_time versions workspace
class AksServiceDeploymentConfiguration azureml.core.webservice.aks WebserviceDeploymentConfiguration
new(autoscale_enabled, autoscale_min_replicas, autoscale_max_replicas, autoscale_refresh_seconds, autoscale_target_utilization, collect_model_data, auth_enabled, cpu_cores, memory_gb, enable_app_insights, scoring_timeout_ms, replica_max_concurrent_requests, max_request_wait_time, num_replicas, primary_key, secondary_key, tags, properties, description, gpu_cores, period_seconds, initial_delay_seconds, timeout_seconds, success_threshold, failure_threshold, namespace, token_auth_enabled, compute_target_name, cpu_cores_limit, memory_gb_limit, blobfuse_enabled=)
def validate_configuration()
def print_deploy_configuration()
has auth_enabled autoscale_enabled autoscale_max_replicas autoscale_min_replicas autoscale_refresh_seconds autoscale_target_utilization blobfuse_enabled collect_model_data compute_target_name cpu_cores cpu_cores_limit enable_app_insights failure_threshold gpu_cores initial_delay_seconds max_request_wait_time memory_gb memory_gb_limit namespace num_replicas period_seconds replica_max_concurrent_requests scoring_timeout_ms success_threshold timeout_seconds token_auth_enabled
class AksEndpointDeploymentConfiguration azureml.core.webservice.aks AksServiceDeploymentConfiguration
new(autoscale_enabled, autoscale_min_replicas, autoscale_max_replicas, autoscale_refresh_seconds, autoscale_target_utilization, collect_model_data, auth_enabled, cpu_cores, memory_gb, enable_app_insights, scoring_timeout_ms, replica_max_concurrent_requests, max_request_wait_time, num_replicas, primary_key, secondary_key, tags, properties, description, gpu_cores, period_seconds, initial_delay_seconds, timeout_seconds, success_threshold, failure_threshold, namespace, token_auth_enabled, version_name, traffic_percentile, compute_target_name, cpu_cores_limit, memory_gb_limit)
def validate_endpoint_configuration()
has traffic_percentile version_name
class Image azureml.core.image.image
new(workspace, name=, id=, tags=, properties=, version=)
fn create(workspace, name, models, image_config) -> Image
def wait_for_creation(show_output=)
def update_creation_state()
fn list(workspace, image_name=, model_name=, model_id=, tags=, properties=)
def update(tags)
def add_tags(tags)
def remove_tags(tags)
def add_properties(properties)
def delete()
def serialize()
fn deserialize(workspace, image_payload)
fn image_configuration()
has created_time creation_state description generated_dockerfile_uri id image_build_log_uri image_flavor image_location image_type model_ids models name properties tags version workspace
class ImageConfig azureml.core.image.image
def build_create_payload(workspace, name, model_ids)
def validate_configuration()
class ContainerImage azureml.core.image.container Image
fn image_configuration(execution_script, runtime, conda_file=, docker_file=, schema_file=, dependencies=, enable_gpu=, tags=, properties=, description=, base_image=, base_image_registry=, cuda_version=) -> ContainerImageConfig
def run(input_data)
def serialize()
has assets driver_program image_flavor target_runtime
class ContainerImageConfig azureml.core.image.container ImageConfig
new(execution_script, runtime, conda_file=, docker_file=, schema_file=, dependencies=, enable_gpu=, tags=, properties=, description=, base_image=, base_image_registry=, allow_absolute_path=, cuda_version=)
def create_local_debug_payload(workspace, model_ids)
def build_create_payload(workspace, name, model_ids)
def validate_configuration()
has allow_absolute_path base_image base_image_registry conda_file cuda_version dependencies description docker_file enable_gpu execution_script execution_script_path properties runtime schema_file tags
class ComputeTarget azureml.core.compute.compute
new(workspace, name)
fn create(workspace, name, provisioning_configuration) -> ComputeTarget
fn attach(workspace, name, attach_configuration) -> ComputeTarget
fn list(workspace)
def wait_for_completion(show_output=, is_delete_operation=)
def refresh_state()
def get_status()
def delete()
def detach()
def serialize()
fn deserialize(workspace, object_dict)
has cluster_location cluster_resource_id created_on description id is_attached location modified_on name provisioning_errors provisioning_state tags type workspace
class ComputeTargetProvisioningConfiguration azureml.core.compute.compute
new(type, location)
def validate_configuration()
has location
class ComputeTargetAttachConfiguration azureml.core.compute.compute
new(type)
def validate_configuration()
class AksCompute azureml.core.compute.aks ComputeTarget
in ClusterPurpose: DEV_TEST FAST_PROD
fn attach(workspace, name, resource_id)
fn provisioning_configuration(agent_count=, vm_size=, ssl_cname=, ssl_cert_pem_file=, ssl_key_pem_file=, location=, vnet_resourcegroup_name=, vnet_name=, subnet_name=, service_cidr=, dns_service_ip=, docker_bridge_cidr=, cluster_purpose=, load_balancer_type=, load_balancer_subnet=) -> AksProvisioningConfiguration
fn attach_configuration(resource_group=, cluster_name=, resource_id=, cluster_purpose=, load_balancer_type=, load_balancer_subnet=) -> AksAttachConfiguration
def refresh_state()
def delete()
def detach()
def update(update_configuration)
def get_credentials()
def serialize()
fn deserialize(workspace, object_dict)
has ClusterPurpose agent_count agent_vm_size cluster_fqdn cluster_location cluster_purpose cluster_resource_id load_balancer_subnet load_balancer_type modified_on provisioning_errors provisioning_state ssl_configuration system_services
class AksProvisioningConfiguration azureml.core.compute.aks ComputeTargetProvisioningConfiguration
new(agent_count, vm_size, ssl_cname, ssl_cert_pem_file, ssl_key_pem_file, location, vnet_resourcegroup_name, vnet_name, subnet_name, service_cidr, dns_service_ip, docker_bridge_cidr, cluster_purpose, load_balancer_type, load_balancer_subnet)
def validate_configuration()
def enable_ssl(ssl_cname=, ssl_cert_pem_file=, ssl_key_pem_file=, leaf_domain_label=, overwrite_existing_domain=)
has agent_count cluster_purpose dns_service_ip docker_bridge_cidr leaf_domain_label load_balancer_subnet load_balancer_type overwrite_existing_domain service_cidr ssl_cert_pem_file ssl_cname ssl_key_pem_file subnet_name vm_size vnet_name vnet_resourcegroup_name
class AksAttachConfiguration azureml.core.compute.aks ComputeTargetAttachConfiguration
new(resource_group=, cluster_name=, resource_id=, cluster_purpose=, load_balancer_type=, load_balancer_subnet=)
def validate_configuration()
def enable_ssl(ssl_cname=, ssl_cert_pem_file=, ssl_key_pem_file=, leaf_domain_label=, overwrite_existing_domain=)
has cluster_name cluster_purpose leaf_domain_label load_balancer_subnet load_balancer_type overwrite_existing_domain resource_group resource_id ssl_cert_pem_file ssl_cname ssl_key_pem_file
class AmlCompute azureml.core.compute.amlcompute ComputeTarget
fn provisioning_configuration(vm_size=, vm_priority=, min_nodes=, max_nodes=, idle_seconds_before_scaledown=, admin_username=, admin_user_password=, admin_user_ssh_key=, vnet_resourcegroup_name=, vnet_name=, subnet_name=, tags=, description=, remote_login_port_public_access=, identity_type=, identity_id=, location=, enable_node_public_ip=) -> AmlComputeProvisioningConfiguration
def wait_for_completion(show_output=, min_node_count=, timeout_in_minutes=, is_delete_operation=)
def refresh_state()
def get_status()
def delete()
def detach()
def serialize()
fn deserialize(workspace, object_dict)
def get()
def update(min_nodes=, max_nodes=, idle_seconds_before_scaledown=)
def add_identity(identity_type, identity_id=)
def remove_identity(identity_id=)
def list_nodes()
def get_active_runs(type=, tags=, properties=, status=)
fn supported_vmsizes(workspace, location=)
fn list_usages(workspace, show_all=, location=)
fn list_quotas(workspace, location=)
fn update_quotas(workspace, vm_family, limit=, location=)
has admin_user_password admin_user_ssh_key admin_username cluster_location cluster_resource_id identity_id identity_type modified_on provisioning_errors provisioning_state remote_login_port_public_access scale_settings status subnet_name vm_priority vm_size vnet_name vnet_resourcegroup_name
class AmlComputeProvisioningConfiguration azureml.core.compute.amlcompute ComputeTargetProvisioningConfiguration
new(vm_size=, vm_priority=, min_nodes=, max_nodes=, idle_seconds_before_scaledown=, admin_username=, admin_user_password=, admin_user_ssh_key=, vnet_resourcegroup_name=, vnet_name=, subnet_name=, tags=, description=, remote_login_port_public_access=, identity_type=, identity_id=, compute_location=, enable_node_public_ip=)
def validate_configuration()
has admin_user_password admin_user_ssh_key admin_username compute_location description enable_node_public_ip identity_id identity_type remote_login_port_public_access scale_settings subnet_name tags vm_priority vm_size vnet_name vnet_resourcegroup_name
class Dataset azureml.core.dataset
in Scenario: INFERENCING TRAINING VALIDATION
new(definition, workspace=, name=, id=)
fn get(workspace, name=, id=)
fn list(workspace)
def get_definitions()
def get_definition(version_id=)
fn from_pandas_dataframe(dataframe, path=, in_memory=)
fn from_delimited_files(path, separator=, header=, encoding=, quoting=, infer_column_types=, skip_rows=, skip_mode=, comment=, include_path=, archive_options=, partition_format=)
fn auto_read_files(path, include_path=, partition_format=)
fn from_parquet_files(path, include_path=, partition_format=)
fn from_excel_files(path, sheet_name=, use_column_headers=, skip_rows=, include_path=, infer_column_types=, partition_format=)
fn from_binary_files(path)
fn from_sql_query(data_source, query)
fn from_json_files(path, encoding=, flatten_nested_arrays=, include_path=, partition_format=)
def register(workspace, name, description=, tags=, visible=, exist_ok=, update_if_exist=)
def update(name=, description=, tags=, visible=)
def update_definition(definition, definition_update_message)
def to_pandas_dataframe()
def to_spark_dataframe()
def head(count)
def create_snapshot(snapshot_name, compute_target=, create_data_snapshot=, target_datastore=)
def get_snapshot(snapshot_name)
def delete_snapshot(snapshot_name)
def get_all_snapshots()
def generate_profile(compute_target=, workspace=, arguments=)
def get_profile(arguments=, generate_if_not_exist=, workspace=, compute_target=)
def deprecate(deprecate_by_dataset_id)
def archive()
def reactivate()
def compare_profiles(rhs_dataset, profile_arguments=, include_columns=, exclude_columns=, histogram_compare_method=)
def diff(rhs_dataset, compute_target=, columns=)
def sample(sample_strategy, arguments)
has File Scenario Tabular definition definition_version description get_all get_by_id get_by_name id is_visible name state tags workspace
class TabularDatasetFactory azureml.data.dataset_factory
fn from_parquet_files(path, validate=, include_path=, set_column_types=, partition_format=)
fn from_delimited_files(path, validate=, include_path=, infer_column_types=, set_column_types=, separator=, header=, partition_format=, support_multi_line=, empty_as_string=, encoding=)
fn from_json_lines_files(path, validate=, include_path=, set_column_types=, partition_format=, invalid_lines=, encoding=)
fn from_sql_query(query, validate=, set_column_types=, query_timeout=)
fn register_pandas_dataframe(dataframe, target, name, description=, tags=, show_progress=, row_group_size=, make_target_path_unique=)
fn register_spark_dataframe(dataframe, target, name, description=, tags=, show_progress=)
fn register_dask_dataframe(dataframe, target, name, description=, tags=, show_progress=)
class FileDatasetFactory azureml.data.dataset_factory
fn from_files(path, validate=, partition_format=, is_file=)
fn upload_directory(src_dir, target, pattern=, overwrite=, show_progress=)
class Datastore azureml.core.datastore
new(workspace, name=)
def set_as_default()
def unregister()
fn get(workspace, datastore_name)
fn get_default(workspace)
fn register_azure_blob_container(workspace, datastore_name, container_name, account_name, sas_token=, account_key=, protocol=, endpoint=, overwrite=, create_if_not_exists=, skip_validation=, blob_cache_timeout=, grant_workspace_access=, subscription_id=, resource_group=)
fn register_azure_file_share(workspace, datastore_name, file_share_name, account_name, sas_token=, account_key=, protocol=, endpoint=, overwrite=, create_if_not_exists=, skip_validation=)
fn register_azure_data_lake(workspace, datastore_name, store_name, tenant_id=, client_id=, client_secret=, resource_url=, authority_url=, subscription_id=, resource_group=, overwrite=, grant_workspace_access=)
fn register_azure_data_lake_gen2(workspace, datastore_name, filesystem, account_name, tenant_id=, client_id=, client_secret=, resource_url=, authority_url=, protocol=, endpoint=, overwrite=, subscription_id=, resource_group=, grant_workspace_access=)
fn register_azure_sql_database(workspace, datastore_name, server_name, database_name, tenant_id=, client_id=, client_secret=, resource_url=, authority_url=, endpoint=, overwrite=, username=, password=, subscription_id=, resource_group=, grant_workspace_access=, **)
fn register_azure_postgre_sql(workspace, datastore_name, server_name, database_name, user_id, user_password, port_number=, endpoint=, overwrite=, enforce_ssl=, **)
fn register_azure_my_sql(workspace, datastore_name, server_name, database_name, user_id, user_password, port_number=, endpoint=, overwrite=, **)
fn register_dbfs(workspace, datastore_name)
fn register_hdfs(workspace, datastore_name, protocol, namenode_address, hdfs_server_certificate, kerberos_realm, kerberos_kdc_address, kerberos_principal, kerberos_keytab=, kerberos_password=, overwrite=)
has name workspace
class ScriptRunConfig azureml.core.script_run_config ChainedIdentity
new(source_directory, script=, arguments=, run_config=, _telemetry_values=, compute_target=, environment=, distributed_job_config=, resume_from=, max_run_duration_seconds=, command=, docker_runtime_config=)
has MAX_DURATION_SECONDS_DEFAULT arguments command run_config script source_directory
class PipelineStep azureml.pipeline.core.builder
new(name, inputs, outputs, arguments=, fix_port_name_collisions=, resource_inputs=)
def run_after(step)
def create_node(graph, default_datastore, context)
fn validate_arguments(arguments, inputs, outputs)
fn resolve_input_arguments(arguments, inputs, outputs, params)
def create_module_def(execution_type, input_bindings, output_bindings, param_defs=, create_sequencing_ports=, allow_reuse=, version=, module_type=, arguments=, runconfig=, cloud_settings=)
def create_input_output_bindings(inputs, outputs, default_datastore, resource_inputs=)
def get_source_directory(context, source_directory, script_name)
has name run_after_steps step_type
class PipelineData azureml.pipeline.core.builder
new(name, datastore=, output_name=, output_mode=, output_path_on_compute=, output_overwrite=, data_type=, is_directory=, pipeline_output_name=, training_output=)
def as_download(input_name=, path_on_compute=, overwrite=)
def as_mount(input_name=)
def as_input(input_name)
def create_input_binding(input_name=, mode=, path_on_compute=, overwrite=)
def get_env_variable_name()
def as_dataset()
has data_type datastore name
class PipelineParameter azureml.pipeline.core.graph
new(name, default_value)
has default_value name
class _PythonScriptStepBase azureml.pipeline.core._python_script_step_base PipelineStep
new(script_name=, name=, arguments=, compute_target=, runconfig=, runconfig_pipeline_params=, inputs=, outputs=, params=, source_directory=, allow_reuse=, version=, hash_paths=, command=)
def create_node(graph, default_datastore, context)
class _ParallelRunStepBase azureml.pipeline.core._parallel_run_step_base _PythonScriptStepBase
new(name, parallel_run_config, inputs, output=, side_inputs=, arguments=, allow_reuse=)
def create_node(graph, default_datastore, context)
def create_module_def(execution_type, input_bindings, output_bindings, param_defs=, create_sequencing_ports=, allow_reuse=, version=, arguments=)
has running_on_windows
class PythonScriptStep azureml.pipeline.steps.python_script_step _PythonScriptStepBase
new(script_name, name=, arguments=, compute_target=, runconfig=, runconfig_pipeline_params=, inputs=, outputs=, params=, source_directory=, allow_reuse=, version=, hash_paths=)
def create_node(graph, default_datastore, context)
class CommandStep azureml.pipeline.steps.command_step _PythonScriptStepBase
new(command=, name=, compute_target=, runconfig=, runconfig_pipeline_params=, inputs=, outputs=, params=, source_directory=, allow_reuse=, version=)
def create_node(graph, default_datastore, context)
class EstimatorStep azureml.pipeline.steps.estimator_step PythonScriptStep
new(name=, estimator=, estimator_entry_script_arguments=, runconfig_pipeline_params=, inputs=, outputs=, compute_target=, allow_reuse=, version=)
def create_node(graph, default_datastore, context)
class HyperDriveStep azureml.pipeline.steps.hyper_drive_step PipelineStep
new(name, hyperdrive_config, estimator_entry_script_arguments=, inputs=, outputs=, metrics_output=, allow_reuse=, version=)
def create_node(graph, default_datastore, context)
class DataTransferStep azureml.pipeline.steps.data_transfer_step _DataTransferStepBase
new(name, source_data_reference=, destination_data_reference=, compute_target=, source_reference_type=, destination_reference_type=, allow_reuse=)
def create_node(graph, default_datastore, context)
def get_output()
class ParallelRunStep azureml.pipeline.steps.parallel_run_step _ParallelRunStepBase
new(name, parallel_run_config, inputs, output=, side_inputs=, arguments=, allow_reuse=)
def create_node(graph, default_datastore, context)
def create_module_def(execution_type, input_bindings, output_bindings, param_defs=, create_sequencing_ports=, allow_reuse=, version=, arguments=)
"""  # noqa: E501 (a text that would change if it were wrapped)
"""The classes of the deployment workflow."""

MODULES = """\
azureml.core: RUN_TYPE_PROVIDERS_ENTRYPOINT_KEY module_logger | ComputeTarget ContainerRegistry Dataset Datastore Environment Experiment Image Keyvault LinkedService Model PrivateEndPoint PrivateEndPointConfig Run RunConfiguration ScriptRun ScriptRunConfig SynapseWorkspaceLinkedServiceConfiguration VERSION Webservice Workspace attach_legacy_compute_target diagnostic_log get_run is_compute_target_prepared prepare_compute_target remove_legacy_compute_target | authentication compute compute_target conda_dependencies container_registry databricks dataset datastore environment experiment image keyvault linked_service logging model os private_endpoint profile resource_configuration run runconfig script_run script_run_config sys user_agent=azureml._base_sdk_common.user_agent util warnings webservice workspace
azureml.core._docs: DOCS_URL_ROOT DOCS_VIEW_FILTER OVERVIEW_PATH get_docs_url module_logger |  | logging
azureml.core._experiment_method: ExperimentSubmitRegistrar check_for_lock_file experiment_method get_experiment_submit lock_warning_msg module_logger | AzureMLError AzureMLException MethodAlreadyRegistered MethodNotRegistered | environ=os.environ functools logging path=os.path threading
azureml.core._metrics: ARTIFACT_ID_PREFIX AZUREML_ACCURACY_TABLE_METRIC_TYPE AZUREML_BOOL_METRIC_TYPE AZUREML_CONFUSION_MATRIX_METRIC_TYPE AZUREML_DOUBLE_METRIC_TYPE AZUREML_FLOAT_METRIC_TYPE AZUREML_FORECAST_HORIZON_TABLE_METRIC_TYPE AZUREML_IMAGE_METRIC_TYPE AZUREML_INT_METRIC_TYPE AZUREML_LIST_METRIC_TYPE AZUREML_MAX_NUMBER_SIZE_IN_BITS AZUREML_NULL_METRIC_TYPE AZUREML_OLD_ACCURACY_TABLE_METRIC_TYPE AZUREML_OLD_CONFUSION_MATRIX_METRIC_TYPE AZUREML_OLD_IMAGE_METRIC_TYPE AZUREML_OLD_PREDICTIONS_METRIC_TYPE AZUREML_OLD_RESIDUALS_METRIC_TYPE AZUREML_PREDICTIONS_METRIC_TYPE AZUREML_RESIDUALS_METRIC_TYPE AZUREML_SCALAR_METRIC_TYPE AZUREML_STRING_METRIC_TYPE AZUREML_TABLE_METRIC_TYPE AccuracyTableMetric Artifact ArtifactBackedMetric ConfusionMatrixMetric IMAGE_METRICS INLINE_METRICS ImageArtifact ImageMetric InlineMetric JSON_METRICS JsonArtifact ListMetric Metric NEW_JSON_METRICS OLD_JSON_METRICS PredictionsMetric ResidualsMetric RowMetric ScalarMetric TableMetric module_logger | ArgumentInvalid ArgumentSizeOutOfRangeType AzureMLError AzureMLException ChainedIdentity InvalidArgumentType InvalidColumnData InvalidColumnLength MalformedArgument MetricDto MetricProperties MetricSchemaDto MetricSchemaPropertyDto MetricV2Dto MetricV2Value RUN_ORIGIN RunMetricDto UserErrorException get_new_id get_timestamp | imghdr io json logging six sys time
azureml.core._portal: HasExperimentPortal HasPipelinePortal HasPortal HasRunPortal HasWorkspacePortal | fetch_tenantid_from_aad_token | logging
azureml.core._serialization_utils:  | RunConfigurationException UserErrorException to_camel_case | Enum=enum.Enum ruamelyaml=azureml._vendor.ruamel.yaml
azureml.core.authentication: AbstractAuthentication ArmTokenAuthentication Audience AzureCliAuthentication AzureMLTokenAuthentication InteractiveLoginAuthentication MsiAuthentication ServicePrincipalAuthentication TokenAuthentication module_logger | ACQUIRE_DURATION_THRESHOLD AuthenticationException AzureMLException DISCOVERY_END_POINT Daemon LoggedLock NewLoggingLevel RunEnvironmentException ServiceContext UserErrorException execute_func fetch_tenantid_from_aad_token perform_interactive_login resource_to_scopes | ABCMeta=abc.ABCMeta Enum=enum.Enum Fernet=cryptography.fernet.Fernet PBKDF2HMAC=cryptography.hazmat.primitives.kdf.pbkdf2.PBKDF2HMAC Session=requests.Session TYPE_CHECKING=typing.TYPE_CHECKING Version=packaging.version.Version abstractmethod=abc.abstractmethod base64 collections datetime dateutil default_backend=cryptography.hazmat.backends.default_backend errno getfullargspec=inspect.getfullargspec hashes=cryptography.hazmat.primitives.hashes hashlib jwt logging os pytz raise_from=six.raise_from re threading time urljoin=urllib.parse.urljoin
azureml.core.compute:  | AdlaCompute AksCompute AmlCompute BatchCompute ComputeInstance ComputeTarget DataFactoryCompute DatabricksCompute DsvmCompute HDInsightCompute KubernetesCompute KustoCompute RemoteCompute SynapseCompute VERSION | adla aks amlcompute batch compute computeinstance databricks datafactory dsvm hdinsight kubernetescompute kusto remote synapse
azureml.core.compute.adla: AdlaCompute DataLakeAnalyticsAttachConfiguration | ComputeTarget ComputeTargetAttachConfiguration ComputeTargetException MLC_COMPUTE_RESOURCE_ID_FMT adla_payload_template | copy
azureml.core.compute.aks: AksAttachConfiguration AksCompute AksProvisioningConfiguration AksUpdateConfiguration SslConfiguration SystemService | ClientBase ComputeTarget ComputeTargetAttachConfiguration ComputeTargetException ComputeTargetProvisioningConfiguration ComputeTargetUpdateConfiguration MLC_COMPUTE_RESOURCE_ID_FMT MLC_WORKSPACE_API_VERSION aks_payload_template get_requests_session | copy json requests traceback
azureml.core.compute.amlcompute: AmlCompute AmlComputeNodeStateCounts AmlComputeProvisioningConfiguration AmlComputeStatus ScaleSettings | ClientBase ComputeTarget ComputeTargetException ComputeTargetProvisioningConfiguration DEFAULT_PAGE_SIZE MLC_COMPUTE_RESOURCE_ID_FMT MLC_WORKSPACE_API_VERSION WorkspaceClient amlcompute_payload_template convert_duration_to_seconds convert_seconds_to_duration get_paginated_compute_nodes get_paginated_compute_results get_paginated_compute_supported_vms get_requests_session | copy json parse=dateutil.parser.parse requests string sys time
azureml.core.compute.batch: BatchAttachConfiguration BatchCompute | ComputeTarget ComputeTargetAttachConfiguration ComputeTargetException MLC_COMPUTE_RESOURCE_ID_FMT batch_compute_template | copy
azureml.core.compute.compute: ComputeTarget ComputeTargetAttachConfiguration ComputeTargetProvisioningConfiguration ComputeTargetUpdateConfiguration | ClientBase ComputeTargetException MLC_COMPUTE_RESOURCE_ID_FMT MLC_LIST_COMPUTES_FMT MLC_WORKSPACE_API_VERSION RP_COMPUTE_RESOURCE_ID_FMT RP_LIST_COMPUTES_FMT RequestHeaders UserErrorException get_paginated_compute_results get_requests_session get_user_agent | abstractmethod=abc.abstractmethod json logging parse=dateutil.parser.parse requests sys time uuid
azureml.core.compute.computeinstance: ComputeInstance ComputeInstanceProvisioningConfiguration ComputeInstanceStatus module_logger | AuthenticationException ClientBase ComputeTarget ComputeTargetException ComputeTargetProvisioningConfiguration GRAPH_API_VERSION HasWorkspacePortal MLC_COMPUTE_RESOURCE_ID_FMT MLC_WORKSPACE_API_VERSION WorkspaceClient computeinstance_payload_template get_docs_url get_paginated_compute_supported_vms get_requests_session make_link to_html | OrderedDict=collections.OrderedDict copy json logging parse=dateutil.parser.parse requests sys time
azureml.core.compute.databricks: DatabricksAttachConfiguration DatabricksCompute | ClientBase ComputeTarget ComputeTargetAttachConfiguration ComputeTargetException MLC_COMPUTE_RESOURCE_ID_FMT MLC_WORKSPACE_API_VERSION databricks_compute_template get_requests_session | copy json requests
azureml.core.compute.datafactory: DataFactoryAttachConfiguration DataFactoryCompute DataFactoryProvisioningConfiguration | ComputeTarget ComputeTargetAttachConfiguration ComputeTargetException ComputeTargetProvisioningConfiguration MLC_COMPUTE_RESOURCE_ID_FMT datafactory_payload_template | copy
azureml.core.compute.dsvm: DsvmCompute DsvmProvisioningConfiguration | ClientBase ComputeTarget ComputeTargetException ComputeTargetProvisioningConfiguration MLC_COMPUTE_RESOURCE_ID_FMT MLC_WORKSPACE_API_VERSION dsvm_payload_template get_requests_session | copy json requests
azureml.core.compute.hdinsight: HDInsightAttachConfiguration HDInsightCompute | ClientBase ComputeTarget ComputeTargetAttachConfiguration ComputeTargetException MLC_COMPUTE_RESOURCE_ID_FMT MLC_WORKSPACE_API_VERSION get_requests_session hdinsight_payload_template | copy json requests traceback
azureml.core.compute.kubernetescompute: KubernetesCompute KubernetesComputeAttachConfiguration KubernetesComputeStatus | ComputeTarget ComputeTargetAttachConfiguration ComputeTargetException MLC_COMPUTE_RESOURCE_ID_FMT experimental kubernetes_compute_template to_json_dict | copy parse=dateutil.parser.parse re
azureml.core.compute.kusto: KustoAttachConfiguration KustoCompute | ClientBase ComputeTarget ComputeTargetAttachConfiguration ComputeTargetException MLC_COMPUTE_RESOURCE_ID_FMT MLC_WORKSPACE_API_VERSION get_requests_session kusto_compute_template | copy json requests
azureml.core.compute.remote: RemoteCompute RemoteComputeAttachConfiguration | ClientBase ComputeTarget ComputeTargetAttachConfiguration ComputeTargetException MLC_COMPUTE_RESOURCE_ID_FMT MLC_WORKSPACE_API_VERSION get_requests_session remote_payload_template | copy json requests traceback
azureml.core.compute.synapse: SynapseAttachConfiguration SynapseCompute | ComputeTarget ComputeTargetAttachConfiguration ComputeTargetException LinkedService MLC_COMPUTE_RESOURCE_ID_FMT MLC_LIST_COMPUTES_FMT experimental synapse_compute_template | copy re
azureml.core.compute_target: AbstractComputeTarget LocalTarget attach_legacy_compute_target is_compute_target_prepared prepare_compute_target remove_legacy_compute_target | ComputeTargetException UserErrorException | ABCMeta=abc.ABCMeta logging subprocess
azureml.core.conda_dependencies: BASE_PROJECT_FILE_RELATIVE_PATH BASE_PROJECT_MODULE CHAINER_PACKAGE_PREFIX CHANNELS CNTK_DEFAULT_VERSION CNTK_PACKAGE_PREFIX CONDA_FILE_NAME CPU CUPY_DEFAULT_VERSION CondaDependencies DEFAULT_CHAINER_VERSION DEFAULT_SDK_ORIGIN GPU HOROVOD_DEFAULT_VERSION INVALID_PATHON_MESSAGE LINUX_PLATFORM PACKAGES PIP PYTHON_DEFAULT_VERSION PYTHON_PREFIX PYTORCH_DEFAULT_VERSION PYTORCH_PACKAGE_PREFIX TENSORFLOW_DEFAULT_VERSION TENSORFLOW_PACKAGE_PREFIX TORCHVISION_DEFAULT_VERSION TORCHVISION_PACKAGE_PREFIX VERSION_REGEX WINDOWS_PLATFORM | UserErrorException VERSION get_run_config_dir_name normalize_windows_paths | Any=typing.Any StringIO=io.StringIO json os re ruamelyaml=azureml._vendor.ruamel.yaml
azureml.core.container_registry: ContainerRegistry RegistryIdentity |  | collections
azureml.core.databricks: DatabricksCluster DatabricksEnvironment DatabricksSection EggLibrary JarLibrary MavenLibrary PyPiLibrary RCranLibrary module_logger | UserErrorException | collections logging
azureml.core.dataset: Dataset | FileEncoding HistogramCompareMethod PromoteHeadersBehavior SkipLinesBehavior deprecated track | OrderedDict=collections.OrderedDict
azureml.core.datastore: Datastore | UserErrorException experimental |
azureml.core.environment: DEFAULT_CPU_IMAGE DEFAULT_GPU_IMAGE DockerBuildContext DockerEnvironment DockerImageDetails DockerImagePlatform DockerSection Environment EnvironmentReference ImageBuildDetails PythonEnvironment PythonSection RCranPackage RGitHubPackage RSection SparkEnvironment SparkPackage SparkSection module_logger | AzureMLException CondaDependencies ContainerRegistry DatabricksSection EnvironmentClient PYTHON_DEFAULT_VERSION UserErrorException | Enum=enum.Enum OrderedDict=collections.OrderedDict ResourceExistsError=azure.core.exceptions.ResourceExistsError base64 collections hashlib json logging os print_function=__future__.print_function requests subprocess sys tempfile time urllib zipfile
azureml.core.experiment: Experiment ViewType module_logger | ChainedIdentity ComputeInstance DEFAULT_GPU_IMAGE HasExperimentPortal UserErrorException WorkspaceClient check_for_lock_file check_valid_resource_name get_docs_url get_experiment_submit make_link to_html | OrderedDict=collections.OrderedDict date=datetime.date datetime=datetime.datetime logging os wraps=functools.wraps
azureml.core.image:  | ContainerImage Image UnknownImage VERSION | container image unknown_image
azureml.core.image.container: ContainerImage ContainerImageConfig module_logger | ARCHITECTURE_AMD64 Asset CUSTOM_BASE_IMAGE_SUPPORTED_RUNTIMES ContainerRegistry DOCKER_IMAGE_HTTP_PORT DOCKER_IMAGE_TYPE Image ImageConfig SUPPORTED_CUDA_VERSIONS SUPPORTED_RUNTIMES TargetRuntime UNDOCUMENTED_RUNTIMES WEBAPI_IMAGE_FLAVOR WebserviceException add_sdk_to_requirements cleanup_container container_health_check container_scoring_call get_docker_client get_docker_port get_workspace_registry_credentials global_tracking_info_registry login_to_docker_registry pull_docker_image run_docker_container upload_dependency validate_entry_script_name validate_path_exists_or_throw wrap_execution_script | logging os uuid warnings
azureml.core.image.image: Asset Image ImageConfig TargetRuntime module_logger | ARCHITECTURE_AMD64 ClientBase MMS_SYNC_TIMEOUT_SECONDS Model UNKNOWN_IMAGE_FLAVOR UNKNOWN_IMAGE_TYPE WebserviceException check_duplicate_properties get_paginated_results get_requests_session image_name_validation | abstractmethod=abc.abstractmethod copy json logging parse=dateutil.parser.parse requests sys time warnings
azureml.core.image.unknown_image: UnknownImage | Image UNKNOWN_IMAGE_FLAVOR UNKNOWN_IMAGE_TYPE |
azureml.core.keyvault: Keyvault module_logger | KeyVaultContentType SecretsClient | logging
azureml.core.linked_service: LinkedService LinkedServiceConfiguration SynapseWorkspaceLinkedServiceConfiguration | AzureMachineLearningWorkspaces Identity LinkedServiceProps LinkedServiceRequest LinkedServicesOperations ResourceIdentityType UserErrorException check_valid_resource_name experimental |
azureml.core.model: InferenceConfig MODELS_DIR Model ModelPackage module_logger | AKS_ENDPOINT_TYPE ARCHITECTURE_AMD64 ASSET_ARTIFACTS_UPLOAD_TIMEOUT_SECONDS_PER_BYTE AZUREML_ARTIFACTS_MIN_TIMEOUT AZUREML_ARTIFACTS_TIMEOUT_ENV_VAR AksCompute ArtifactsClient AssetsClient CUSTOM_BASE_IMAGE_SUPPORTED_RUNTIMES ContainerRegistry DATASET_SNAPSHOT_ID_FORMAT Dataset DatasetSnapshot Environment Experiment FileDataset HOW_TO_USE_ENVIRONMENTS_DOC_URL MAX_PROFILE_CPU MAX_PROFILE_MEMORY MIN_PROFILE_CPU MIN_PROFILE_MEMORY MIR_WEBSERVICE_TYPE ModelNotFoundException ModelProfile ModelsClient ResourceConfiguration RunEnvironmentException SUPPORTED_CUDA_VERSIONS SUPPORTED_RUNTIMES TabularDataset UNDOCUMENTED_RUNTIMES UserErrorException WEBAPI_IMAGE_FLAVOR WebserviceException add_sdk_to_requirements build_and_validate_no_code_environment_image_request check_duplicate_properties convert_parts_to_environment dataset_to_dataset_reference download_docker_build_context download_file get_docker_client get_mms_operation get_run get_workspace_registry_credentials joinPath login_to_docker_registry make_http_request model_name_validation populate_model_not_found_details pull_docker_image serialize_object_without_none_values submit_mms_operation upload_dependency validate_entry_script_name validate_path_exists_or_throw webservice_name_validation wrap_execution_script_with_source_directory | OrderedDict=collections.OrderedDict ast copy datetime=datetime.datetime json logging os parse=dateutil.parser.parse print_function=__future__.print_function tarfile time uuid warnings
azureml.core.private_endpoint: PrivateEndPoint PrivateEndPointConfig module_logger | InteractiveLoginAuthentication | logging re
azureml.core.profile: MAX_PROFILE_CPU MAX_PROFILE_MEMORY MIN_PROFILE_CPU MIN_PROFILE_MEMORY ModelProfile module_logger | PROFILE_FAILURE_MESSAGE PROFILE_PARTIAL_SUCCESS_MESSAGE UserErrorException WebserviceException get_mms_operation get_operation_output | abstractmethod=abc.abstractmethod json logging parse=dateutil.parser.parse sys time warnings
azureml.core.resource_configuration: ResourceConfiguration module_logger | WebserviceException | logging
azureml.core.run: InputDatasets LinkOutput OutputDatasets POST_PROCESSING_STATES RUNNING_STATES Run get_run module_logger | AbstractDataset ActivityFailedException BASE_RUN_SOURCE ChainedIdentity DataPath Datastore Environment ExperimentExecutionException Keyvault OUTPUTS_DIR RUN_ORIGIN RunEnvironmentException RunStatus RunTypeV2 SDK_TARGET SnapshotException UserErrorException camel_case_transformer create_session_with_retry download_file_stream experimental global_tracking_info_registry model_name_validation | GeneratorType=types.GeneratorType isgeneratorfunction=inspect.isgeneratorfunction json logging os raise_from=six.raise_from re sys time uuid4=uuid.uuid4 wraps=functools.wraps
azureml.core.runconfig: AmlComputeConfiguration ApplicationEndpointConfiguration AzureContainerRegistry ContainerRegistry DEFAULT_CPU_IMAGE DEFAULT_GPU_IMAGE Data DataLocation DataPath DataReferenceConfiguration DatacacheConfiguration Dataset DatasetRegistrationOptions DockerConfiguration EnvironmentDefinition GlobsOptions HdiConfiguration HistoryConfiguration KubernetesComputeConfiguration LOCAL_RUNCONFIG_NAME MPI_CPU_IMAGE MPI_GPU_IMAGE MountOptions MpiConfiguration OutputData OutputOptions ParallelTaskConfiguration PyTorchConfiguration RegistrationOptions RunConfiguration SUPPORTED_DATAREF_MODES SUPPORTED_DELIVERY_MECHANISM SUPPORTED_PYTORCH_BACKENDS SparkConfiguration TensorflowConfiguration UploadOptions Uri module_logger | AML_CONFIG_DIR AZUREML_DIR AbstractComputeTarget COMPUTECONTEXT_EXTENSION ComputeTarget CondaDependencies Cr DatabricksCluster DatabricksEnvironment DatabricksSection DatacacheConsumptionConfig DatasetConsumptionConfig DockerEnvironment DockerSection EggLibrary Environment JarLibrary MavenLibrary PyPiLibrary PythonEnvironment PythonSection RCranLibrary RUNCONFIGURATION_EXTENSION Run RunConfigurationException SparkEnvironment SparkSection UserErrorException experimental get_run_config_dir_name get_run_config_dir_path to_camel_case to_snake_case | collections json logging os ruamelyaml=azureml._vendor.ruamel.yaml
azureml.core.script_run: ScriptRun module_logger | AzureMLError AzureMLException InvalidStatus InvalidUri Run RunConfiguration UserErrorException to_formatted_html_table | json logging os print_function=__future__.print_function
azureml.core.script_run_config: ScriptRunConfig get_run_config_from_script_run module_logger submit | ChainedIdentity Data DataPath DataPathComputeBinding DatacacheConfiguration DatacacheConsumptionConfig DockerConfiguration EnvironmentDefinition MpiConfiguration PyTorchConfiguration RunConfiguration RunConfigurationException TensorflowConfiguration UserErrorException collect_datasets_usage experiment_method global_tracking_info_registry | deepcopy=copy.deepcopy logging
azureml.core.util: NewLoggingLevel |  | logging
azureml.core.webservice:  | AciWebservice AksEndpoint AksWebservice LocalWebservice UnknownWebservice VERSION Webservice | aci aks container_resource_requirements local unknown_webservice webservice
azureml.core.webservice.aci: AciServiceDeploymentConfiguration AciWebservice ContainerResourceRequirements EncryptionProperties VnetConfiguration module_logger | ACI_WEBSERVICE_TYPE ClientBase Environment Image MMS_SYNC_TIMEOUT_SECONDS Model SERVICE_REQUEST_OPERATION_UPDATE WEBSERVICE_SWAGGER_PATH Webservice WebserviceDeploymentConfiguration WebserviceException build_and_validate_no_code_environment_image_request convert_parts_to_environment get_requests_session global_tracking_info_registry | json logging os
azureml.core.webservice.aks: AksEndpoint AksEndpointDeploymentConfiguration AksServiceAccessToken AksServiceDeploymentConfiguration AksWebservice AutoScaler ContainerResourceRequirements DataCollection LivenessProbeRequirements module_logger | AKS_ENDPOINT_TYPE AKS_WEBSERVICE_TYPE ClientBase ComputeTarget Environment Image MMS_MIGRATION_TIMEOUT_SECONDS Model NAMESPACE_REGEX SERVICE_REQUEST_OPERATION_UPDATE WEBSERVICE_SWAGGER_PATH WebServiceAccessToken Webservice WebserviceDeploymentConfiguration WebserviceException build_and_validate_no_code_environment_image_request convert_parts_to_environment experimental get_requests_session global_tracking_info_registry webservice_name_validation | Enum=enum.Enum copy json logging parse=dateutil.parser.parse re requests warnings
azureml.core.webservice.container_resource_requirements: ContainerResourceRequirements module_logger | WebserviceException | logging
azureml.core.webservice.local: LocalWebservice LocalWebserviceDeploymentConfiguration module_logger | ContainerImageConfig DOCKER_IMAGE_APP_ROOT_DIR DOCKER_IMAGE_HTTP_PORT DOCKER_IMAGE_MQTT_PORT InferenceConfig LOCAL_WEBSERVICE_TYPE MODEL_PACKAGE_ASSETS_DIR MODEL_PACKAGE_MODELS_DIR Model WEBSERVICE_SCORE_PATH WEBSERVICE_SWAGGER_PATH Webservice WebserviceDeploymentConfiguration WebserviceException add_sdk_to_requirements build_docker_image cleanup_container cleanup_docker_image connect_docker_network container_health_check container_scoring_call convert_parts_to_environment create_docker_container download_docker_build_context get_docker_client get_docker_container get_docker_containers get_docker_host_container get_docker_logs get_docker_network get_docker_port login_to_docker_registry make_mms_request start_docker_container write_dir_in_container write_file_in_container | b64decode=base64.b64decode b64encode=base64.b64encode datetime json logging os pickle posixpath shutil tempfile wraps=functools.wraps
azureml.core.webservice.unknown_webservice: UnknownWebservice | UNKNOWN_WEBSERVICE_TYPE Webservice |
azureml.core.webservice.webservice: AutoScaler ContainerResourceRequirements DataCollection LivenessProbeRequirements WebServiceAccessToken Webservice WebserviceDeploymentConfiguration module_logger | ACI_WEBSERVICE_TYPE AKS_ENDPOINT_TYPE AKS_WEBSERVICE_TYPE ALL_WEBSERVICE_TYPES CLOUD_DEPLOYABLE_IMAGE_FLAVORS ClientBase Image LOCAL_WEBSERVICE_TYPE MMS_RESOURCE_CHECK_SYNC_TIMEOUT_SECONDS MMS_SERVICE_EXIST_CHECK_SYNC_TIMEOUT_SECONDS MMS_SERVICE_VALIDATE_OPERATION_TIMEOUT_SECONDS MMS_SYNC_TIMEOUT_SECONDS Model SERVICE_REQUEST_OPERATION_CREATE SERVICE_REQUEST_OPERATION_DELETE SERVICE_REQUEST_OPERATION_UPDATE UNKNOWN_WEBSERVICE_TYPE WebserviceException get_paginated_results get_requests_session global_tracking_info_registry webservice_name_validation | abstractmethod=abc.abstractmethod copy datetime=datetime.datetime json logging os parse=dateutil.parser.parse requests sys time tz=dateutil.tz warnings
azureml.core.workspace: WORKSPACE_DEFAULT_BLOB_STORE_NAME Workspace module_logger | AmlCompute ComputeTarget Dataset Image InteractiveLoginAuthentication Keyvault LinkedService Model ProjectSystemException UserErrorException VERSION Webservice WorkspaceException check_and_create_dir check_valid_resource_name convert_dict_keys_to_camel_case get_config_file_name get_run_config_dir_name give_warning normalize_file_ext normalize_path normalize_path_and_join traverse_up_path_and_find_file | ascii_lowercase=string.ascii_lowercase attrgetter=operator.attrgetter choice=random.choice collections errno logging os project_info=azureml._project.project_info re
azureml.data:  | DataType DatacacheStore FileDataset HDFSOutputDatasetConfig LinkFileOutputDatasetConfig LinkTabularOutputDatasetConfig OutputFileDatasetConfig TabularDataset VERSION | abstract_dataset abstract_datastore azure_data_lake_datastore azure_my_sql_datastore azure_postgre_sql_datastore azure_sql_database_datastore azure_storage_datastore constants context_managers data_reference datacache datacache_client datacache_consumption_config datacache_singularity_settings datapath dataset_action_run dataset_consumption_config dataset_definition dataset_error_handling dataset_factory dataset_profile dataset_profile_run dataset_profile_run_config dataset_snapshot dataset_type_definitions datastore_client dbfs_datastore file_dataset hdfs_datastore output_dataset_config sql_data_reference stored_procedure_parameter tabular_dataset
azureml.data._asset_helper:  | Workspace get_service_url rest_client | os
azureml.data._config_helper:  |  | logging re
azureml.data._data_profile_difference_json_helper:  |  | json
azureml.data._dataprep_helper: MIN_DATAPREP_VERSION check_min_version dataprep dataprep_fuse dataprep_stub ensure_dataflow get_dataflow_for_execution get_dataflow_with_meta_flags get_dataprep_missing_message is_dataprep_installed update_metadata |  | logging sys
azureml.data._dataprep_stub: DataflowStub find_first_different_step is_tabular steps_equal | PromoteHeadersBehavior | json random uuid
azureml.data._dataset:  | AbstractDataset |
azureml.data._dataset_client: get_logger logger module_logger | ActionResultUpdateDto ArtifactsClient Datastore HistogramCompareMethod RestClient get_service_url track | BasicTokenAuthentication=msrest.authentication.BasicTokenAuthentication logging os
azureml.data._dataset_deprecation: deprecated silent_deprecation_warning warn_deprecated_blocks |  | contextmanager=contextlib.contextmanager logging wraps=functools.wraps
azureml.data._dataset_diff: ClassifierDriftDetector ColumnSummary DataSetDiffConstants DatasetDiff DiffMetric PdUtils constants default_diff_config get_categorical_column_metrics get_config get_dataprofile_metrics get_numerical_column_metrics get_numerical_distribution_from_dataprofile |  | Enum=enum.Enum copy json
azureml.data._dataset_factory_helper: get_progress_logger parse_target write_spark_dataframe |  |
azureml.data._dataset_lineage: update_output_lineage |  | collections
azureml.data._dataset_persistence: create_dataset_from_file generate_file_template | Datastore FileDataset FileDatasetFactory TabularDataset TabularDatasetFactory get_dataprep_missing_message is_dataprep_installed | OrderedDict=collections.OrderedDict json os re uuid4=uuid.uuid4
azureml.data._dataset_profile_run: DatasetProfileRun | ArtifactsClient Run dataprep |
azureml.data._dataset_rest_helper:  | UserErrorException is_dataprep_installed | deepcopy=copy.deepcopy json os random requests
azureml.data._exception_handler:  | ErrorResponseException UserErrorException | wraps=functools.wraps
azureml.data._loggerfactory: ActivityLoggerAdapter COMPONENT_NAME collect_datasets_usage default_custom_dimensions instrumentation_key session_id trace trace_debug trace_error trace_warn track |  | contextmanager=contextlib.contextmanager datetime=datetime.datetime json logging uuid wraps=functools.wraps
azureml.data._partition_format: handle_partition_format parse_partition_format validate_partition_format validation_error | dataprep | re
azureml.data._profile_run_script:  | Dataset Run | sys
azureml.data.abstract_dataset: AbstractDataset | DatasetConsumptionConfig FileDatasetFactory RunEnvironmentException TabularDatasetFactory UserErrorException collect_datasets_usage dataprep get_dataprep_missing_message is_dataprep_installed track warn_deprecated_blocks | ABCMeta=abc.ABCMeta collections deepcopy=copy.deepcopy json pprint re
azureml.data.abstract_datastore: AbstractDatastore |  | ABCMeta=abc.ABCMeta sys
azureml.data.azure_data_lake_datastore: AbstractADLSDatastore AzureDataLakeDatastore AzureDataLakeGen2Datastore | AbstractDatastore |
azureml.data.azure_my_sql_datastore: AzureMySqlDatastore | AbstractDatastore |
azureml.data.azure_postgre_sql_datastore: AzurePostgreSqlDatastore | AbstractDatastore |
azureml.data.azure_sql_database_datastore: AzureSqlDatabaseDatastore | AbstractDatastore |
azureml.data.azure_storage_datastore: AbstractAzureStorageDatastore AzureBlobDatastore AzureFileDatastore EMPTY_FILE FILE FOLDER module_logger | AbstractDatastore AsyncTask BlobServiceClient DataReference FileProperties ShareClient ShareDirectoryClient ShareFileClient TaskQueue UserErrorException accumulate common_path create_retry deprecated to_unix_path | ABCMeta=abc.ABCMeta AzureHttpError=azure.common.AzureHttpError abstractmethod=abc.abstractmethod collections json logging os re requests tee=itertools.tee
azureml.data.constants: ACCOUNT_KEY ADLS_RESOURCE_URI AZURE_BLOB AZURE_DATA_LAKE AZURE_DATA_LAKE_GEN2 AZURE_FILE AZURE_MYSQL AZURE_POSTGRESQL AZURE_SQL_DATABASE CLIENT_CREDENTIALS CONFLICT_MESSAGE CUSTOM DBFS DIRECT_MODE DOWNLOAD_MODE GIT HDFS HDFS_MODE LINK_MODE MANAGED_DATASET MOUNT_MODE NONE ONE_LAKE ROLE_ID_OF_READER ROLE_ID_OF_STORAGE_BLOB_DATA_READER SAS SERVICE_PRINCIPAL SQL_AUTHENTICATION STORAGE_RESOURCE_URI UPLOAD_MODE WORKSPACE_BLOB_DATASTORE WORKSPACE_FILE_DATASTORE |  |
azureml.data.context_managers: DatasetContextManager DatastoreContextManager http_pattern module_logger | AzureMLException UserErrorException | logging os raise_from=six.raise_from re
azureml.data.data_reference: DataReference |  | uuid
azureml.data.datacache: DatacacheHydrationTracker DatacacheStore module_logger | AzureMLException Datastore Run UserErrorException experimental | OrderedDict=collections.OrderedDict logging os sys time
azureml.data.datacache_client: module_logger | AzureBlobDatastore AzureDataFactory ComputeTarget CreateDatacacheRequest CreateDatacacheStoreRequest DataHydrationExternalResources DataManagementComputeDefinition DatacacheHydrationRequest DatacacheStorePolicyInput FileDataset RestClient ServicePrincipalAuthentication ServicePrincipalDefinition SingularitySettings TimeToLive UpdateCachePolicyRequest UpdateConsumptionRunRequest UserErrorException get_service_url | BasicTokenAuthentication=msrest.authentication.BasicTokenAuthentication HttpOperationError=msrest.exceptions.HttpOperationError json logging os
azureml.data.datacache_consumption_config: DatacacheConsumptionConfig | MOUNT_MODE UserErrorException experimental | random string
azureml.data.datacache_singularity_settings: DatacacheSingularitySettings SingularityPriority SingularitySlaTier |  | Enum=enum.Enum
azureml.data.datapath: DataPath DataPathComputeBinding | DataReference | uuid
azureml.data.dataset_action_run: DatasetActionRun | deprecated |
azureml.data.dataset_consumption_config: DatasetConsumptionConfig | DIRECT_MODE DOWNLOAD_MODE HDFS_MODE MOUNT_MODE | uuid
azureml.data.dataset_definition: module_logger | deprecated | logging
azureml.data.dataset_error_handling: DatasetExecutionError DatasetValidationError | AzureMLException UserErrorException dataprep ensure_dataflow trace_error | getattr=builtins.getattr
azureml.data.dataset_factory: DataType FileDatasetFactory TabularDatasetFactory | AbstractDatastore AzurePostgreSqlDatastore DataPath DataReference PromoteHeadersBehavior UserErrorException dataprep experimental get_progress_logger parse_target trace track write_spark_dataframe | Enum=enum.Enum os re warnings
azureml.data.dataset_profile: DatasetProfile | ActionRequestDto AzureMLException experimental track |
azureml.data.dataset_profile_run: DatasetProfileRun | Run experimental |
azureml.data.dataset_profile_run_config: DatasetProfileRunConfig | ComputeTarget DatasetProfileRun Experiment RunConfiguration ScriptRunConfig TabularDataset UserErrorException experiment_method experimental get_run | copyfile=shutil.copyfile os sys tempfile=backports.tempfile uuid
azureml.data.dataset_snapshot: DatasetSnapshot | HistogramCompareMethod deprecated | OrderedDict=collections.OrderedDict
azureml.data.dataset_type_definitions: FileEncoding FileType HistogramCompareMethod PromoteHeadersBehavior SkipLinesBehavior |  | Enum=enum.Enum
azureml.data.datastore_client: module_logger | AbstractDatastore AzureBlobDatastore AzureDataLake AzureDataLakeDatastore AzureDataLakeGen2Datastore AzureFileDatastore AzureMySql AzureMySqlDatastore AzurePostgreSql AzurePostgreSqlDatastore AzureSqlDatabase AzureSqlDatabaseDatastore AzureStorage CONFLICT_MESSAGE ClientCredentials DBFSDatastore DataStore HDFSDatastore HdfsCredentialType OnPremHdfs ROLE_ID_OF_READER ROLE_ID_OF_STORAGE_BLOB_DATA_READER RestClient ServiceDataAccessAuthIdentity UserErrorException get_service_url | BasicTokenAuthentication=msrest.authentication.BasicTokenAuthentication HttpOperationError=msrest.exceptions.HttpOperationError json logging os quote=urllib.parse.quote re urljoin=urllib.parse.urljoin uuid
azureml.data.dbfs_datastore: DBFSDatastore | AbstractDatastore |
azureml.data.file_dataset: FILENAME_LENGTH_ERROR_MESSAGE FileDataset | AbstractDataset AzureMLException UserErrorException dataprep_fuse experimental get_tracer trace trace_error trace_warn track | os sys tempfile
azureml.data.hdfs_datastore: HDFSDatastore | AbstractDatastore experimental |
azureml.data.output_dataset_config: HDFSOutputDatasetConfig LinkFileOutputDatasetConfig LinkTabularOutputDatasetConfig MountOptions OutputDatasetConfig OutputFileDatasetConfig OutputTabularDatasetConfig RegistrationConfiguration TransformationMixin UploadOptions | AbstractDataset DIRECT_MODE HDFS_MODE LINK_MODE MOUNT_MODE PromoteHeadersBehavior UPLOAD_MODE dataprep dataprep_stub experimental track | abstractmethod=abc.abstractmethod deepcopy=copy.deepcopy uuid4=uuid.uuid4
azureml.data.sql_data_reference: SqlDataReference | DataReference |
azureml.data.stored_procedure_parameter: StoredProcedureParameter StoredProcedureParameterType |  | Enum=enum.Enum
azureml.data.tabular_dataset: TabularDataset | AbstractDataset AzureMLException DatasetTimestampMissingError FileDataset UserErrorException collect_datasets_usage dataprep experimental get_dataflow_for_execution get_dataflow_with_meta_flags track | datetime=datetime.datetime timedelta=datetime.timedelta warnings
azureml.exceptions:  | ActivityFailedException AuthenticationException AzureMLAggregatedException AzureMLException ComputeTargetException DatasetTimestampMissingError DiscoveryUrlNotFoundException ExperimentExecutionException ModelNotFoundException ModelPathNotFoundException ParallelRunException ProjectSystemException RunConfigurationException RunEnvironmentException ServiceException SnapshotException TrainingException UserErrorException VERSION WebserviceException WorkspaceException WorkspacePrivateEndpointException |
azureml.exceptions._azureml_exception: ActivityCanceledException ActivityFailedException AuthenticationException ComputeTargetException DatasetTimestampMissingError DiscoveryUrlNotFoundException ExperimentExecutionException ModelNotFoundException ModelPathNotFoundException ParallelRunException ProjectSystemException RunConfigurationException RunEnvironmentException SnapshotException TrainingException UserErrorException WebserviceException WorkspaceException WorkspacePrivateEndpointException | AzureMLException ErrorCodes |
azureml.history:  |  |
azureml.history._tracking: AMBIENT_AUTHENTICATION AZUREML_LOG_DIR DIRECTORIES_TO_WATCH DISABLE_OUTPUT_UPLOAD EXECUTION_ENV_COMMUNICATOR EXECUTION_ENV_FRAMEWORK EXECUTION_ENV_LOG_MSREST ONLY_IN_USER_PROCESS_FEATURES PY_SPARK_FRAMEWORK PythonWorkingDirectory TARGET_TYPE_BATCH_AI USER_LOG_PATH execute_job_prep execute_job_release get_azureml_logger get_history_context get_history_context_manager get_process_name get_py_wd is_batchai is_multi_instance_supported module_logger | AZUREML_LOGS AZUREML_LOG_FILE_NAME AmbientAuthCM DRIVER_LOG_NAME LOGS_AZUREML_DIR LoggedExitStack LoggedLock OUTPUTS_DIR SendRunKillSignal WorkerPool | logging os
"""  # noqa: E501 (a text that would change if it were wrapped)
"""The modules of azureml-core: their own names, those of other modules of the SDK, those of others."""

PRIVATE = """\
azureml._async
azureml._base_sdk_common
azureml._cli
azureml._common
azureml._compute
azureml._execution
azureml._file_utils
azureml._history
azureml._html
azureml._introspect
azureml._jupyter_common
azureml._logging
azureml._model_converters
azureml._model_management
azureml._project
azureml._restclient
azureml._run_impl
azureml._tracing
azureml._vendor
azureml._workspace
azureml.data._restclient
"""
"""Packages of azureml-core that nobody is meant to import."""
